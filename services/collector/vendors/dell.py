"""Dell, whose printers are made by Lexmark (most), Fuji Xerox and Samsung.

Sources: a recorded walk of an S5830dn (Lexmark's make: firmware, device id); LibreNMS (device ids); FusionInventory's
model files (serials); a public script on Dell's own copy of LEXMARK-MPS-MIB. The standard serial number has a suffix
("7XQ1R92-132-13") that the service tag on the housing has not: the tag stands in hrDeviceDescr.
"""

from services.collector.mib.oids import HR_DEVICE_DESCR, SYS_DESCR
from services.collector.vendors import lexmark
from services.collector.vendors.table import Vendor, at, beginning, device_id, enterprise, within

_D = "674.10898.100"
_SAMSUNG = "236.11.5.1.1.1"

DELL = Vendor(
    "dell",
    "Dell",
    (enterprise("674.10898"), enterprise("674")),
    claims=beginning("dell"),
    serials=(
        at(f"{_D}.2.1.2.1.6.1", "dell serial"),
        at("253.8.53.3.2.1.3.1", "xerox serial"),
        at(f"{_SAMSUNG}.4.0", "samsung serial"),
        within((*HR_DEVICE_DESCR, 1), r"^Dell\b.*?\s((?-i:[0-9A-Z]{7}))\s+\S+\.\S", "service tag in hrDeviceDescr"),
    ),
    models=(
        device_id(f"{_D}.2.1.2.1.3.1", "MDL|MODEL", "dell device id"),
        device_id("253.8.51.10.2.1.7.2.28110202", "MDL|MODEL", "dell device id, Xerox's make"),
        device_id("641.2.1.2.1.3.1", "MDL|MODEL", "dell device id, Lexmark's make"),
        within(SYS_DESCR, r"^(.+?) version \S+ kernel", "model in sysDescr, Lexmark's make"),
        # The number stands before or behind the kind: "Dell 1815dn Series", "Dell Laser Printer 5100cn (Net 6.26, …)"
        within(
            SYS_DESCR,
            r"^(Dell (?:(?:Color|Laser|Printer|MFP) )*[^\s;,(]*\d[^\s;,(]*(?: (?:Color )?(?:Laser|MFP)[^;,(]*)?)",
            "model in sysDescr",
        ),
    ),
    firmware=(
        at(f"{_D}.1.1.1.0", "dell firmware"),
        within(SYS_DESCR, r"\bversion (\S+) kernel", "version in sysDescr"),
        at(f"{_SAMSUNG}.2.0", "samsung firmware"),
        within(SYS_DESCR, r"\bController (\d[\w.]+)", "controller in sysDescr, Xerox's make"),
    ),
    count_tables=(lexmark.general(_D),),
    columns=lexmark.columns(_D),
    countings=(lexmark.sides(_D),),
)
