"""Sharp. Sources: a recorded walk of an MX-3570N (counters with their names, firmware), GLPI-agent's MibSupport.

Counters stand in 1.1.19.2.1.3.{group}.{kind}.{row} and their names, in the panel's language, in 1.1.19.2.1.4. A known
English name decides. Where the name is of another language or missing, the row's number does: the numbers are codes,
the same on all the devices that templates were written for.
"""

from typing import Any

from services.collector.mib.values import plain
from services.collector.read.facts import Facts, number_of
from services.collector.vendors.counts import Count, add
from services.collector.vendors.sums import added, colors
from services.collector.vendors.table import Vendor, at, beginning, enterprise

_S = "2385"
_VALUES, _NAMES = enterprise(f"{_S}.1.1.19.2.1.3"), enterprise(f"{_S}.1.1.19.2.1.4")
_RULE, _RULE_BY_ROW = "sharp counter by name", "sharp counter by row"

# {group}.{kind}.{row} → (name, key). All of it seen in the recorded walk.
_COUNTERS = {
    (1, 4, 60): ("prints", "print"),
    (1, 4, 61): ("black & white print count", "print_mono"),
    (1, 4, 63): ("full color print count", "print_full_color"),
    (1, 4, 75): ("duplex", "duplex"),
    (4, 4, 60): ("copies", "copy"),
    (4, 4, 61): ("black & white copy count", "copy_mono"),
    (4, 4, 63): ("full color copy count", "copy_full_color"),
    (4, 4, 64): ("two color copy count", "copy_two_color"),
    (4, 4, 80): ("single color copy count", "copy_single_color"),
    (5, 4, 61): ("black & white total count", "mono"),
    (5, 4, 63): ("full color total count", "full_color"),
    (5, 4, 64): ("two color total count", "two_color"),
    (5, 4, 80): ("single color total count", "single_color"),
    (5, 5, 61): ("black & white other count", "other_mono"),
    (5, 5, 63): ("full color other count", "other_full_color"),
    (6, 4, 70): ("document feeder", "feeder"),
    (7, 4, 50): ("scan to e-mail/ftp", "scan_network"),
    (7, 4, 51): ("black & white scanner count", "scan_network_mono"),
    (7, 4, 53): ("full color scanner count", "scan_network_color"),
    (8, 4, 50): ("scan to hdd", "scan_storage"),
    (8, 4, 51): ("black & white scan to hdd count", "scan_storage_mono"),
    (8, 4, 53): ("full color scan to hdd count", "scan_storage_color"),
    (8, 4, 54): ("two color scan to hdd count", "scan_storage_two_color"),
    (8, 4, 60): ("prints (document filing)", "storage"),
    (8, 4, 61): ("black & white document filing print count", "storage_mono"),
    (8, 4, 63): ("full color document filing print count", "storage_full_color"),
    (8, 4, 64): ("two color document filing print count", "storage_two_color"),
    (8, 4, 80): ("single color document filing count", "storage_single_color"),
}
# As older panels have them.
_OLDER = {
    "print total": "print", "copy total": "copy", "total black": "mono", "total full colour": "full_color",
    "black & white total": "mono", "full color total": "full_color", "fax send": "fax_sent",
    "fax receive": "fax_received", "fax output": "fax",
}  # fmt: skip
_BY_NAME = dict(_COUNTERS.values()) | _OLDER


def _named(facts: Facts, counters: dict[str, Any]) -> None:
    found = []
    for cell in facts.rows.get(_VALUES, ()):
        value = plain(number_of(cell))
        index = cell.oid[len(_VALUES) :]
        name = " ".join((facts.text((*_NAMES, *index)) or "").lower().split())
        key, rule = _BY_NAME.get(name), _RULE
        if key is None and index in _COUNTERS:
            key, rule = _COUNTERS[index][1], _RULE_BY_ROW
        if key is not None and value is not None:
            found.append((Count(key, cell.oid, rule), value))
    add(counters, found)


SHARP = Vendor(
    "sharp",
    "Sharp",
    (enterprise("2385.3.1"), enterprise("2385")),
    claims=beginning("sharp"),
    models=(at(f"{_S}.2.1.3.2.1.4.13501.1302.1", "sharp model"), at(f"{_S}.1.1.19.1.1.1.0", "sharp model, short")),
    firmware=(at(f"{_S}.2.1.1.2.1.2.1", "sharp firmware"),),
    columns=(_VALUES, _NAMES),
    countings=(
        _named,
        *colors("", "print", "copy", "other", "storage"),
        added("scan", ("scan_network", "scan_storage")),
    ),
)
