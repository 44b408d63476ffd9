"""Xerox. Sources: recorded walks (device id), GLPI-agent's MibSupport."""

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.table import Vendor, device_id, enterprise, within

_ID = "253.8.51.1.2.1.20.1"

XEROX = Vendor(
    "xerox",
    "Xerox",
    (enterprise("253.8.62.1"), enterprise("253")),
    serials=(device_id(_ID, "SN|SERN", "IEEE 1284 device id"),),
    models=(device_id(_ID, "MDL|MODEL", "IEEE 1284 device id"),),
    firmware=(within(SYS_DESCR, r"System(?: Software)? ([\w.]+)", "system software in sysDescr"),),
)
