"""OKI. Sources: GLPI-agent's MibSupport (model, serial), a recorded walk of an MC873 (sysDescr, device id), templates
and meter programs (total, toner). Their many counters in 11.1.10.170 are left out: the sources contradict each other.
"""

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.levels import LevelTable
from services.collector.vendors.table import Vendor, at, beginning, counts, device_id, enterprise, within

_O = "2001.1.1.1.1"

OKI = Vendor(
    "oki",
    "OKI",
    (enterprise("2001.1.1.1.1"), enterprise("2001")),
    claims=beginning("oki|okilan|okidata"),
    probe=enterprise(f"{_O}.11.1.10.45.0"),
    serials=(at(f"{_O}.11.1.10.45.0", "oki serial"),),
    models=(
        at(f"{_O}.11.1.10.25.0", "oki model"),
        within(SYS_DESCR, r"Attached to (.+?) Rev\.", "model in sysDescr"),
        device_id("11.2.3.9.1.1.7.0", "MDL|MODEL", "IEEE 1284 device id"),
    ),
    firmware=(within(SYS_DESCR, r"Attached to .+? Rev\.([\w.]*\w)", "revision in sysDescr"),),
    counts=counts("oki total", _O, {"100.1.1.1.3.1": "total"}),
    level_tables=(LevelTable(enterprise(f"{_O}.100.3.1.1.3")),),
)
