"""HP. Sources: recorded walks (PML tree, device id, sysDescr of newer models), GLPI-agent's and LibreNMS's definitions.

PML is the tree of HP's LaserJets; inkjets have none. Newer firmware shows it, and the supplies, only in the context
Jetdirect, which v1 and v2c name behind the community.
"""

import re

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.table import Vendor, beginning, counts, device_id, enterprise, hp_at, within

_PML = "11.2.3.9.4.2.1"
_ID = "11.2.3.9.1.1.7.0"

HP = Vendor(
    "hp",
    "HP",
    (enterprise("11.2.3.9"), enterprise("11.1"), enterprise("29999"), enterprise("26696")),
    yields=True,
    claims=beginning("hp|hewlett"),
    probe=enterprise(_ID),
    context=b"@Jetdirect",
    makers=(device_id(_ID, "MFG|MANUFACTURER", "IEEE 1284 device id"),),
    serials=(
        hp_at(f"{_PML}.1.3.3.0", "hp PML serial"),
        device_id(_ID, "SN|SERN", "IEEE 1284 device id"),
        within(SYS_DESCR, r"\bSN:([^,;\s]+)", "SN in sysDescr"),
    ),
    # HP's serial numbers have ten characters; some agents put two zeros in front (GLPI-agent issue 652).
    serial_form=re.compile(r"^00([A-Z]{2}[A-Z0-9]{8})$"),
    models=(
        hp_at(f"{_PML}.1.3.2.0", "hp PML model"),
        device_id(_ID, "MDL|MODEL", "IEEE 1284 device id"),
        within(SYS_DESCR, r"\bPID:([^,;]+)", "PID in sysDescr"),
    ),
    firmware=(
        hp_at(f"{_PML}.1.3.6.0", "hp PML firmware"),
        device_id(_ID, "FW|FWVER", "IEEE 1284 device id"),
        hp_at(f"{_PML}.1.3.5.0", "hp PML firmware date"),
        within(SYS_DESCR, r"\bEEPROM ([^,;\s]+)", "print server's EEPROM in sysDescr"),
    ),
    counts=(
        *counts("hp PML engine", f"{_PML}.4.1.2", {"5.0": "total", "6.0": "mono", "7.0": "color", "22.0": "duplex",
                                                   "34.0": "jams"}),
        *counts("hp PML scanner", f"{_PML}.2.2.1", {"74.0": "scan_flatbed"}),
    ),
)  # fmt: skip
