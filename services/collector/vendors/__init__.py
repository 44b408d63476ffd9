"""What each maker keeps outside the standard MIBs: one module of tables per family, chosen by sysObjectID.

The root of sysObjectID names the maker of the agent, which may be another brand than the one on the housing.
"""

import re

from services.collector.mib import oids as m
from services.collector.read.facts import Facts
from services.collector.snmp.exchange import Oid
from services.collector.vendors import (
    brother,
    canon,
    dell,
    epson,
    fuji,
    hp,
    konica,
    kyocera,
    lexmark,
    oce,
    oki,
    others,
    panasonic,
    pantum,
    ricoh,
    samsung,
    sharp,
    toshiba,
    xerox,
    zebra,
)
from services.collector.vendors.table import UNKNOWN, Place, Vendor

VENDORS: tuple[Vendor, ...] = (
    brother.BROTHER,
    canon.CANON,
    dell.DELL,
    epson.EPSON,
    fuji.FUJI,
    hp.HP,
    konica.KONICA,
    kyocera.KYOCERA,
    lexmark.LEXMARK,
    oce.OCE,
    oki.OKI,
    panasonic.PANASONIC,
    pantum.PANTUM,
    ricoh.RICOH,
    samsung.SAMSUNG,
    sharp.SHARP,
    toshiba.TOSHIBA,
    xerox.XEROX,
    zebra.ZEBRA,
    *others.OTHERS,
)
# Who claims a device by its description: those last whose cards other makers use.
_CLAIMING = tuple(sorted((v for v in VENDORS if v.claims), key=lambda vendor: vendor.yields))
_BY_ROOT: dict[Oid, Vendor] = {root: vendor for vendor in VENDORS for root in vendor.roots}
_MAKER = re.compile(r"(?:^|;)\s*(?:MFG|MANUFACTURER?):\s*([^;]+)", re.IGNORECASE)
_LENGTHS = sorted({len(root) for root in _BY_ROOT}, reverse=True)


def of(object_id: Oid | None, described: str | None = None) -> Vendor:
    """The vendor with the longest root of this sysObjectID. Where none fits, or its root is on many makers' cards, the
    one that claims the device by `described` (sysDescr, hrDeviceDescr or the printer's name). Else UNKNOWN.
    """
    by_root = UNKNOWN
    if object_id is not None:
        by_root = next((found for length in _LENGTHS if (found := _BY_ROOT.get(object_id[:length]))), UNKNOWN)
    if described and (by_root is UNKNOWN or by_root.yields):
        return _claiming(described) or by_root
    return by_root


def _claiming(described: str) -> Vendor | None:
    return next((vendor for vendor in _CLAIMING if vendor.claims and vendor.claims.search(described)), None)


# What tells the vendor of a device whose root is nobody's, in one GET. HP's last: other makers' cards answer there too.
PROBES: dict[Oid, Vendor] = {
    vendor.probe: vendor for vendor in sorted(VENDORS, key=lambda vendor: vendor.yields) if vendor.probe is not None
}


def confirmed(vendor: Vendor, facts: Facts, device: Oid) -> Vendor:
    """The vendor of a doubtful device by what it answered: the one that claims it by the description of the printer or
    its device id, else, for a root that is nobody's, the first whose probe answers."""
    described = ((*m.HR_DEVICE_DESCR, *device), (*m.GENERAL_NAME, *device))
    ids = (maker for text in map(facts.text, PROBES) if text for maker in _MAKER.findall(text))
    for text in (*map(facts.text, described), *ids):
        claiming = _claiming(text) if text else None
        if claiming is not None:
            return claiming
    if vendor is UNKNOWN:
        return next((probed for oid, probed in PROBES.items() if facts.octets(oid)), vendor)
    return vendor


__all__ = ["PROBES", "UNKNOWN", "VENDORS", "Place", "Vendor", "confirmed", "of"]
