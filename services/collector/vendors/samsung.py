"""Samsung and HP devices of Samsung's make. Source: GLPI-agent's MibSupport."""

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.table import Vendor, at, enterprise, within

_A = "236.11.5.1.1.1"

SAMSUNG = Vendor(
    "samsung",
    "Samsung",
    (enterprise("236.11.5"), enterprise("236")),
    serials=(at(f"{_A}.4.0", "samsung serial"), within(SYS_DESCR, r"\bS/N\s+(\S+)", "S/N in sysDescr")),
    models=(at(f"{_A}.1.0", "samsung model"),),
    firmware=(at(f"{_A}.2.0", "samsung firmware"),),
)
