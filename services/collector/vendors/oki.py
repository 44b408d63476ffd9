"""OKI. Sources: GLPI-agent's MibSupport, recorded walks (sysDescr)."""

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.table import Vendor, at, enterprise, within

_O = "2001.1.1.1.1"

OKI = Vendor(
    "oki",
    "OKI",
    (enterprise("2001.1.1.1.1"), enterprise("2001")),
    serials=(at(f"{_O}.11.1.10.45.0", "oki serial"),),
    models=(at(f"{_O}.11.1.10.25.0", "oki model"), within(SYS_DESCR, r"Attached to (\S+)", "model in sysDescr")),
    firmware=(within(SYS_DESCR, r"Attached to \S+ Rev\.(\S+)", "revision in sysDescr"),),
)
