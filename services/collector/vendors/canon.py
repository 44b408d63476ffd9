"""Canon. Sources: recorded walks (model, firmware), LibreNMS and GLPI-agent (serial), FusionInventory's models of 2013
and zabbix's community templates (counters).

Office devices number their meters as the panel does (101 is Total 1); printers name them. "1" and "2" are two ways to
meter a large sheet: as one, and as two. The names that belong to the numbers are those of walks of an iR-ADV C5840 and
a C5535 III, whose column 3 holds them; 106, 109 and 124 are "2" by the sums of a C5240 (106 + 109 = 102).
"""

from typing import Any

from services.collector.mib.oids import SYS_DESCR
from services.collector.read.facts import Facts
from services.collector.vendors.counts import CountTable, RowName, add, told
from services.collector.vendors.sums import added, left
from services.collector.vendors.table import Vendor, at, beginning, enterprise, within

_C = "1602"
_METERS: dict[RowName, str] = {
    101: "total", 102: "total_2", 103: "large", 104: "small", 108: "mono", 112: "mono_large", 113: "mono_small",
    114: "duplex", 118: "single_color", 122: "color_large", 123: "color_small", 201: "copy", 203: "copy_large",
    229: "copy_color_large", 230: "copy_color_small", 232: "copy_color", 301: "print", 321: "print_color_large",
    322: "print_color_small", 324: "print_color", 501: "scan", 701: "fax",
}  # fmt: skip
# Meters "2", for what a device tells by no meter "1".
_SECOND: dict[RowName, str] = {109: "mono", 106: "color", 124: "color", 222: "copy_mono"}
_FUNCTIONS = {"total": "", "copy": "copy_", "print": "print_"}
_KINDS = {
    "black 1": "mono", "black & white 1": "mono", "black/large": "mono_large", "black/small": "mono_small",
    "full color 1": "full_color", "single color 1": "single_color", "full color + single color 1": "color",
    "full color + single color/1": "color",
    "full color + single color/large": "color_large", "full color + single color/small": "color_small",
    "large": "large", "small": "small", "2-sided": "duplex",
}  # fmt: skip
_NAMES: dict[RowName, str] = {
    "total 1": "total", "total 2": "total_2", "total (2-sided)": "duplex", "total 1 (2-sided)": "duplex",
    "copy (total 1)": "copy", "print (total 1)": "print", "scan (total 1)": "scan",
    "black & white scan (total 1)": "scan_mono", "black scan (total 1)": "scan_mono",
    "color scan (total 1)": "scan_color", "fax (total 1)": "fax", "receive print (total 1)": "fax",
    **{f"{function} ({kind})": prefix + key for function, prefix in _FUNCTIONS.items() for kind, key in _KINDS.items()},
}  # fmt: skip

_COLUMNS = {
    "canon meter": enterprise(f"{_C}.1.11.1.3.1.4"),
    "canon meter, older models": enterprise(f"{_C}.1.11.1.4.1.4"),
}
_SYSTEM = within(SYS_DESCR, r"^(Canon .+?) /\w$", "model in sysDescr")
_SECONDS = tuple(CountTable(rule, column, _SECOND) for rule, column in _COLUMNS.items())


def _second(facts: Facts, counters: dict[str, Any]) -> None:
    """After all that meters "1" tell by themselves or in parts: one reading should not mix them."""
    add(counters, told(facts, (), _SECONDS))


CANON = Vendor(
    "canon",
    "Canon",
    (enterprise("1602.4"), enterprise("1602")),
    claims=beginning("canon"),
    probe=enterprise(f"{_C}.1.1.1.1.0"),
    serials=(
        at(f"{_C}.1.2.1.4.0", "canon serial"),
        at(f"{_C}.1.2.1.8.1.3.1.1", "canon serial, second place"),
    ),
    models=(at(f"{_C}.1.1.1.1.0", "canon model"), at("2699.1.2.1.2.1.1.2.1", "printer port monitor name"), _SYSTEM),
    firmware=(at(f"{_C}.1.1.1.4.0", "canon firmware"),),
    count_tables=(
        *(CountTable(rule, column, _METERS) for rule, column in _COLUMNS.items()),
        CountTable("canon named meter", enterprise(f"{_C}.1.11.2.1.1.3"), _NAMES, enterprise(f"{_C}.1.11.2.1.1.2")),
    ),
    countings=(
        added("color", ("color_large", "color_small")),
        left("copy_mono", "copy", "copy_color"),
        left("print_mono", "print", "print_color"),
        _second,
    ),
)
