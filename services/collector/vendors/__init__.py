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


def of(object_id: Oid | None, described: str | None = None) -> Vendor:
    """The vendor with the longest root of this sysObjectID. Where none fits, or its root is on many makers' cards, the
    one that claims the device by `described` (sysDescr, hrDeviceDescr or the printer's name). Else UNKNOWN.
    """
    by_root = UNKNOWN
    if object_id is not None:
        by_root = next((found for length in _LENGTHS if (found := _BY_ROOT.get(object_id[:length]))), UNKNOWN)
    if described and (by_root is UNKNOWN or by_root.yields):
        return next((vendor for vendor in VENDORS if vendor.claims and vendor.claims.search(described)), by_root)
    return by_root


__all__ = ["UNKNOWN", "VENDORS", "Place", "Vendor", "of"]
