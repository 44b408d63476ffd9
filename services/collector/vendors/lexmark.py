"""Lexmark, and what other brands have from it.

Sources: LEXMARK-MPS-MIB (counters by type; the numbers of the types are its own), lexmark1.mib (641.2, older models),
GLPI-agent's MibSupport (serial, model, firmware), zabbix community templates. Dell's printers of Lexmark's make have
the same tree below 674.10898.100.
"""

from typing import Any

from services.collector.mib.oids import SYS_DESCR
from services.collector.mib.values import plain
from services.collector.read.facts import Facts, number_of
from services.collector.snmp.exchange import Oid
from services.collector.vendors.counts import Count, CountTable, RowName, add
from services.collector.vendors.table import Counting, Vendor, at, beginning, brand, counts, enterprise, within

_L = "641"
_SIDES = 4  # UnitsTC: a table may count the same in sheets and in sides

# PaperGeneralCountType, GenCountType
_PAPER = {
    2: "total", 3: "mono", 4: "color", 16: "print", 17: "print_mono", 18: "print_color", 32: "copy", 33: "copy_mono",
    34: "copy_color", 48: "fax", 49: "fax_mono", 50: "fax_color",
}  # fmt: skip
_GENERAL: dict[RowName, str] = {97: "jams", 98: "scan_jams"}


def general(tree: str) -> CountTable:
    """genCountTable below `tree`, itself below 1.3.6.1.4.1."""
    return CountTable(
        "genCountTable", enterprise(f"{tree}.6.4.1.1.1.4"), _GENERAL, names=enterprise(f"{tree}.6.4.1.1.1.2")
    )


def columns(tree: str) -> tuple[Oid, ...]:
    """What `sides` needs to be walked."""
    paper, scan = f"{tree}.6.4.2.1.1", f"{tree}.6.4.3.1.1"
    return tuple(enterprise(rest) for rest in (f"{paper}.2", f"{paper}.3", f"{paper}.4", f"{scan}.2", f"{scan}.4"))


def sides(tree: str) -> Counting:
    """paperGeneralCountTable's rows that count sides, and the sum of scanCountTable."""
    types, units, values, scan_types, scan_sides = columns(tree)

    def counting(facts: Facts, counters: dict[str, Any]) -> None:
        found = []
        for cell in facts.rows.get(values, ()):
            index = cell.oid[len(values) :]
            key = _PAPER.get(facts.number((*types, *index)) or 0)
            value = plain(number_of(cell))
            if key and value is not None and facts.number((*units, *index)) in (_SIDES, None):
                found.append((Count(key, cell.oid, "paperGeneralCountTable"), value))
        found += _scans(facts, scan_types, scan_sides)
        add(counters, found)

    return counting


def _scans(facts: Facts, types: Oid, values: Oid) -> list[tuple[Count, int]]:
    """Bits 8 and 9 of scanCountType: 1 and 2 are the flatbed, 0 and 3 the feeder."""
    sums: dict[str, int] = {}
    for cell in facts.rows.get(values, ()):
        kind, value = facts.number((*types, *cell.oid[len(values) :])), plain(number_of(cell))
        if kind is not None and value is not None:
            for key in ("scan", "scan_flatbed" if kind >> 8 & 3 in (1, 2) else "scan_feeder"):
                sums[key] = sums.get(key, 0) + value
    return [(Count(key, values, "scanCountTable, all rows added"), value) for key, value in sums.items()]


LEXMARK = Vendor(
    "lexmark",
    "Lexmark",
    (enterprise("641"),),
    claims=beginning("lexmark"),
    probe=enterprise(f"{_L}.6.2.3.1.5.1"),
    brands=(
        brand("toshiba", "Toshiba"),
        brand("ricoh", "Ricoh"),
        brand("konica", "Konica Minolta"),
        brand("dell", "Dell"),
        brand("ibm|infoprint", "IBM"),
        brand("source technologies", "Source Technologies"),
    ),
    serials=(at(f"{_L}.6.2.3.1.5.1", "lexmark serial"), at(f"{_L}.2.1.2.1.6.1", "lexmark serial, older models")),
    models=(
        at(f"{_L}.6.2.3.1.4.1", "lexmark model"),
        at(f"{_L}.2.1.2.1.2.1", "lexmark model, older models"),
        within(SYS_DESCR, r"^(.+?) version \S", "model in sysDescr"),
    ),
    firmware=(
        at(f"{_L}.6.3.3.1.7.1.1", "lexmark firmware"),
        at(f"{_L}.2.1.2.1.4.1", "lexmark code level"),
        within(SYS_DESCR, r"\bversion (\S+)", "version in sysDescr"),
    ),
    # pgTotal, pgMono, pgColor: with and without an instance, as templates have both
    counts=(
        *counts("lexmark pages", f"{_L}.2.1.5", {"1.0": "total", "2.0": "mono", "3.0": "color"}),
        *counts("lexmark pages", f"{_L}.2.1.5", {"1": "total", "2": "mono", "3": "color"}),
    ),
    count_tables=(general(_L),),
    columns=columns(_L),
    countings=(sides(_L),),
)
