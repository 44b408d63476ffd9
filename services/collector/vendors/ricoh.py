"""Ricoh, Lanier, NRG, Nashuatec, Rex-Rotary, Savin, Gestetner, Infotec. Sources: recorded walks, GLPI-agent's
MibSupport, FusionInventory's models of 2013.

The rows of the counter table differ from model to model; what is counted stands in column 2 as a code. A row may stand
there twice (the total above the functions and again above the colours). 202, 302 and 402 are single and two colours,
203, 303 and 403 full colour; 600, 608 and 609 are full colour, colour and black of all functions; 700 and 840 large
paper, 701 and 841 sides of duplex; 870 is all that was sent (scans and faxes), 872 the faxes of it, 873 and 874 the
scans.

The levels stand in the model's own order, most often black, cyan, magenta, yellow, while the standard table has the
waste bottle second: a row is known by its type (Ricoh's specification, as a Chinese meter program and Observium have
it; 3 is the black of a mono device).
"""

from services.collector.mib.oids import SYS_DESCR
from services.collector.vendors.counts import CountTable, RowName
from services.collector.vendors.levels import LevelTable
from services.collector.vendors.sums import added
from services.collector.vendors.table import Vendor, at, beginning, brand, counts, enterprise, within

_R = "367.3.2.1"
_COUNTERS = f"{_R}.2.19.5.1"
_CODES: dict[RowName, str] = {
    10: "total", 800: "total_2", 200: "copy", 201: "copy_mono", 300: "fax", 301: "fax_mono", 400: "print",
    401: "print_mono", 700: "large", 840: "large", 701: "duplex", 841: "duplex", 870: "sent", 872: "fax_sent",
    873: "scan_color", 874: "scan_mono",
}  # fmt: skip
_PARTS: dict[RowName, str] = {
    202: "copy_color", 203: "copy_color", 302: "fax_color", 303: "fax_color", 402: "print_color", 403: "print_color",
}  # fmt: skip
_FULL_COLOR: dict[RowName, str] = {203: "copy_full_color", 303: "fax_full_color", 403: "print_full_color"}
_ALL_COLORS: dict[RowName, str] = {600: "full_color", 608: "color", 609: "mono"}
_TONERS = {3: "black", 4: "red", 10: "cyan", 11: "magenta", 12: "yellow", 13: "black"}
_LEVELS = LevelTable(enterprise(f"{_R}.2.24.1.1.5"), kinds=enterprise(f"{_R}.2.24.1.1.4"), colors=_TONERS)
_RULE = "ricoh counter table"
_VALUES, _TYPES = enterprise(f"{_COUNTERS}.9"), enterprise(f"{_COUNTERS}.2")

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
    # "RICOH MP 3053 1.09 / RICOH Network Printer C model / …"
    models=(
        at(f"{_R}.1.1.1.0", "ricoh model"),
        within(SYS_DESCR, r"^(.+?) v?\d+\.\d\S* / ", "model in sysDescr"),
    ),
    firmware=(
        at(f"{_R}.1.1.2.0", "ricoh firmware"),
        within(SYS_DESCR, r"^.+? v?(\d+\.\d\S*) / ", "version in sysDescr"),
    ),
    names=(
        at(f"{_R}.6.1.1.7.1", "ricoh host name"),
        at(f"{_R}.7.3.5.1.1.3.1.1", "ricoh host name, second place"),
    ),
    count_tables=(
        CountTable(_RULE, _VALUES, _CODES, _TYPES),
        CountTable(_RULE, _VALUES, _PARTS, _TYPES, sums=True),
        CountTable(_RULE, _VALUES, _FULL_COLOR, _TYPES),
        CountTable(_RULE, _VALUES, _ALL_COLORS, _TYPES, group="colors"),
    ),
    counts=counts("ricoh counters", f"{_R}.2.19", {"1.0": "total", "2.0": "print", "4.0": "copy"}),
    countings=(
        added("mono", ("copy_mono", "print_mono"), ("fax_mono",)),
        added("color", ("copy_color", "print_color"), ("fax_color",)),
        added("scan", ("scan_mono", "scan_color")),
    ),
    level_tables=(_LEVELS,),
)
