"""What each maker keeps outside the standard MIBs: one module of tables per family, chosen by sysObjectID.

The root of sysObjectID names the maker of the agent, which may be another brand than the one on the housing.
"""

from services.collector.snmp.exchange import Oid
from services.collector.vendors import (
    brother,
    canon,
    epson,
    hp,
    konica,
    kyocera,
    lexmark,
    oki,
    pantum,
    ricoh,
    samsung,
    sharp,
    xerox,
    zebra,
)
from services.collector.vendors.table import UNKNOWN, Place, Vendor

VENDORS: tuple[Vendor, ...] = (
    brother.BROTHER,
    canon.CANON,
    epson.EPSON,
    hp.HP,
    konica.KONICA,
    kyocera.KYOCERA,
    lexmark.LEXMARK,
    oki.OKI,
    pantum.PANTUM,
    ricoh.RICOH,
    samsung.SAMSUNG,
    sharp.SHARP,
    xerox.XEROX,
    zebra.ZEBRA,
)
_BY_ROOT: dict[Oid, Vendor] = {root: vendor for vendor in VENDORS for root in vendor.roots}
_LENGTHS = sorted({len(root) for root in _BY_ROOT}, reverse=True)


def of(object_id: Oid | None) -> Vendor:
    """The vendor with the longest root of this sysObjectID; UNKNOWN where none fits."""
    if object_id is not None:
        for length in _LENGTHS:
            if vendor := _BY_ROOT.get(object_id[:length]):
                return vendor
    return UNKNOWN


__all__ = ["UNKNOWN", "VENDORS", "Place", "Vendor", "of"]
