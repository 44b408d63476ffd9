"""Ricoh, Lanier, NRG, Nashuatec, Rex-Rotary, Savin, Gestetner, Infotec. Sources: recorded walks, GLPI-agent's
MibSupport, FusionInventory's models of 2013.

The rows of the counter table differ from model to model; what is counted stands in column 2 as a code.
"""

from services.collector.vendors.counts import CountTable, RowName
from services.collector.vendors.levels import LevelTable
from services.collector.vendors.table import Vendor, at, beginning, brand, counts, enterprise

_R = "367.3.2.1"
_COUNTERS = f"{_R}.2.19.5.1"
_CODES: dict[RowName, str] = {
    10: "total", 200: "copy", 201: "copy_mono", 202: "copy_color", 203: "copy_color", 300: "fax", 400: "print",
    401: "print_mono", 402: "print_color", 403: "print_color", 870: "scan", 871: "scan",
}  # fmt: skip

RICOH = Vendor(
    "ricoh",
    "Ricoh",
    (enterprise("367.1.1"), enterprise("367")),
    claims=beginning("ricoh|lanier|nrg|nashuatec|rex-?rotary|savin|gestetner|infotec|aficio"),
    probe=enterprise(f"{_R}.1.1.1.0"),
    brands=tuple(
        brand(word, word.replace("-?", "-"))
        for word in ("Lanier", "NRG", "Nashuatec", "Rex-?Rotary", "Savin", "Gestetner", "Infotec")
    ),
    serials=(at(f"{_R}.2.1.4.0", "ricoh serial"),),
    models=(at(f"{_R}.1.1.1.0", "ricoh model"),),
    firmware=(at(f"{_R}.1.1.2.0", "ricoh firmware"),),
    names=(
        at(f"{_R}.6.1.1.7.1", "ricoh host name"),
        at(f"{_R}.7.3.5.1.1.3.1.1", "ricoh host name, second place"),
    ),
    count_tables=(
        CountTable(
            "ricoh counter table", enterprise(f"{_COUNTERS}.9"), _CODES, enterprise(f"{_COUNTERS}.2"), sums=True
        ),
    ),
    counts=counts("ricoh counters", f"{_R}.2.19", {"1.0": "total", "2.0": "print", "4.0": "copy"}),
    level_tables=(LevelTable(enterprise(f"{_R}.2.24.1.1.5")),),
)
