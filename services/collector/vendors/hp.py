"""HP. Sources: recorded walks (PML tree, device id, sysDescr of newer models), GLPI-agent's MibSupport."""

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.table import Vendor, device_id, enterprise, hp_at, within

_PML = "11.2.3.9.4.2.1"
_ID = "11.2.3.9.1.1.7.0"

HP = Vendor(
    "hp",
    "HP",
    (enterprise("11.2.3.9"), enterprise("11.1"), enterprise("29999"), enterprise("26696")),
    yields=True,
    serials=(
        hp_at(f"{_PML}.1.3.3.0", "hp PML serial"),
        device_id(_ID, "SN|SERN", "IEEE 1284 device id"),
        within(SYS_DESCR, r"\bSN:([^,;\s]+)", "SN in sysDescr"),
    ),
    models=(
        hp_at(f"{_PML}.1.3.2.0", "hp PML model"),
        device_id(_ID, "MDL|MODEL", "IEEE 1284 device id"),
        within(SYS_DESCR, r"\bPID:([^,;]+)", "PID in sysDescr"),
    ),
    firmware=(
        hp_at(f"{_PML}.1.3.6.0", "hp PML firmware"),
        device_id(_ID, "FW", "IEEE 1284 device id"),
        hp_at(f"{_PML}.1.3.5.0", "hp PML firmware date"),
    ),
)
