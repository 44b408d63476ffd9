"""Counters in a vendor's own tree: single places and tables whose rows are named by a code, a name or their index."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.collector.mib.counters import unit_of
from services.collector.mib.oids import dotted
from services.collector.mib.text import unhexed
from services.collector.mib.values import plain
from services.collector.read.facts import Facts, number_of
from services.collector.snmp.exchange import Oid

TOTAL, OWN_TOTAL, FIRST_MARKER = "total", "total_vendor", "marker_1"
# The name of a row as it is looked up: a code, a name in lower case with single blanks, or the row's index.
RowName = int | str | Oid


@dataclass(frozen=True, slots=True)
class Count:
    """One counter at a fixed OID.

    `replaces`: a total that stands before prtMarkerLifeCount, which is then kept as marker_1.
    `group`: counters of functions that a device may not have. Where all of a group are 0 on a device that has printed,
    the device does not count by function: its zeros are not pages and are left out.
    `unit`: where it is not the key's own.
    """

    key: str
    oid: Oid
    rule: str
    replaces: bool = False
    group: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class CountTable:
    """Counters in a column whose rows differ from model to model. `values` and `names` are walked.

    `keys`: row name → counter key. The row name is the cell of `names` with the same index (a number, or text in lower
    case with single blanks); without `names` it is the row's index: an int where it is one arc, else a tuple.
    `sums`: rows of the same key are parts of it and are added up; else the first of them stands.
    """

    rule: str
    values: Oid
    keys: Mapping[RowName, str]
    names: Oid | None = None
    replaces: bool = False
    group: str = ""
    sums: bool = False

    @property
    def columns(self) -> tuple[Oid, ...]:
        """What is to be walked."""
        return (self.values,) if self.names is None else (self.names, self.values)


def told(facts: Facts, counts: tuple[Count, ...], tables: tuple[CountTable, ...]) -> list[tuple[Count, int]]:
    """What the device tells of them, tables first; a negative number or another type tells nothing."""
    found: list[tuple[Count, int]] = []
    for table in tables:
        rows = _rows(facts, table)
        found += _summed(rows) if table.sums else rows
    found += [(count, value) for count in counts if (value := plain(facts.number(count.oid))) is not None]
    return found


def _summed(rows: list[tuple[Count, int]]) -> list[tuple[Count, int]]:
    """One row for each key, named by its first place."""
    parts: dict[str, list[tuple[Count, int]]] = {}
    for count, value in rows:
        parts.setdefault(count.key, []).append((count, value))
    return [
        (of[0][0] if len(of) == 1 else replace(of[0][0], rule=f"{of[0][0].rule}, {len(of)} rows added"),
         sum(value for _, value in of))
        for of in parts.values()
    ]  # fmt: skip


def _rows(facts: Facts, table: CountTable) -> list[tuple[Count, int]]:
    found: list[tuple[Count, int]] = []
    for cell in facts.rows.get(table.values, ()):
        key = table.keys.get(_row_name(facts, table, cell.oid[len(table.values) :]))
        value = plain(number_of(cell))
        if key is not None and value is not None:
            found.append((Count(key, cell.oid, table.rule, table.replaces, table.group), value))
    return found


def _row_name(facts: Facts, table: CountTable, index: Oid) -> RowName:
    if table.names is None:
        return index[0] if len(index) == 1 else index
    at = (*table.names, *index)
    number = facts.number(at)
    return number if number is not None else unhexed(facts.text(at) or "").lower()


def add(counters: dict[str, Any], found: list[tuple[Count, int]]) -> None:
    """Puts them beside the standard counters. The first to tell a key stands; a standard one stands before all but a
    total that replaces it. A total of 0 is a device that does not keep it: it replaces none, and any replaces it.
    Another total that differs is kept as total_vendor."""
    silent = {count.group for count, _ in found if count.group}
    silent -= {count.group for count, value in found if value > 0}
    has_printed = any(counter["value"] > 0 for counter in counters.values()) or any(value > 0 for _, value in found)
    for count, value in found:
        if plain(value) is None:
            continue  # a number that no counter has: a refiner may hand on what a device tells
        if count.group in silent and has_printed:
            continue
        if count.key == TOTAL and value > 0 and _gives_way(counters, count):
            counters[FIRST_MARKER] = counters.pop(TOTAL)
        key = count.key
        if key == TOTAL and value > 0 and TOTAL in counters and counters[TOTAL]["value"] != value:
            key = OWN_TOTAL
        if key not in counters:
            unit = count.unit or unit_of(key)
            counters[key] = {"value": value, "oid": dotted(count.oid), "rule": count.rule, "unit": unit}


def _gives_way(counters: dict[str, Any], count: Count) -> bool:
    """Whether the standard total is to stand behind this one."""
    if TOTAL not in counters or FIRST_MARKER in counters:
        return False
    return count.replaces or counters[TOTAL]["value"] == 0
