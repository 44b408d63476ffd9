"""FUJIFILM and Fuji Xerox. Source: recorded walk. They answer the standard MIBs, and not Xerox's own counters."""

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.table import Vendor, beginning, brand, enterprise, within

FUJI = Vendor(
    "fuji",
    "FUJIFILM",
    (enterprise("297.1.11.93"), enterprise("297")),
    models=(within(SYS_DESCR, r"^((?:FUJI ?XEROX|FUJIFILM) [^;,]+)", "model in sysDescr"),),
    firmware=(
        within(SYS_DESCR, r"\bESS ?(\d[\w.]+)", "controller (ESS) in sysDescr"),
        within(
            SYS_DESCR, r"(?:Controller|System) ?(?:ROM|Software)?[ :]+(?:Ver\.?)?(\d[\w.]+)", "controller in sysDescr"
        ),
    ),
    brands=(brand("fuji ?xerox", "Fuji Xerox"),),
    claims=beginning("fujifilm|fuji ?xerox"),
)
