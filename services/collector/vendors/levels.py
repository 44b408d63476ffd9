"""Supply levels in a vendor's own tree: they fill what the standard table leaves open, and never contradict it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.collector.mib.oids import dotted
from services.collector.mib.values import NEARLY_EMPTY, percent, supply_state
from services.collector.read.facts import Facts, number_of
from services.collector.snmp.exchange import Oid, Varbind

_PRINT_WITH = ("toner", "tonerCartridge", "ink", "inkCartridge")


@dataclass(frozen=True, slots=True)
class LevelTable:
    """A column of what is left of each supply. Row n belongs to the supply whose index ends in n.

    `levels` and `maxima` are walked; without `maxima` the levels are percentages.
    `kinds`: a column that tells what a row is about, and `colors` the colours of its numbers: a row belongs to the
    toner or ink of its colour, and the only row to one whose colour is not told.
    """

    levels: Oid
    maxima: Oid | None = None
    kinds: Oid | None = None
    colors: Mapping[int, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[Oid, ...]:
        """What is to be walked."""
        return tuple(column for column in (self.levels, self.maxima, self.kinds) if column is not None)


def fill(facts: Facts, supplies: list[dict[str, Any]], table: LevelTable) -> None:
    """Gives a percentage and a state to supplies that have none."""
    open_ones = [supply for supply in supplies if supply["percent"] is None]
    if not open_ones:
        return
    rows = facts.rows.get(table.levels, [])
    for supply in open_ones:
        cell = _by_index(rows, supply) if table.kinds is None else _by_color(facts, table, rows, supply)
        level = number_of(cell)
        if cell is None or level is None:
            continue
        if level == NEARLY_EMPTY:
            supply["state"], supply["oid"] = "low", dotted(cell.oid)
            continue
        maximum = 100 if table.maxima is None else facts.number((*table.maxima, *cell.oid[len(table.levels) :]))
        share = percent(level, maximum)
        if share is not None:
            put_percent(supply, share, cell.oid)


def _by_index(rows: list[Varbind], supply: dict[str, Any]) -> Varbind | None:
    number = int(supply["index"].rpartition(".")[2])
    return next((cell for cell in reversed(rows) if cell.oid[-1] == number), None)


def _by_color(facts: Facts, table: LevelTable, rows: list[Varbind], supply: dict[str, Any]) -> Varbind | None:
    if supply["type"] not in _PRINT_WITH or table.kinds is None:
        return None
    if supply["color"] is None:
        return rows[0] if len(rows) == 1 else None
    kinds = [facts.number((*table.kinds, *cell.oid[len(table.levels) :])) for cell in rows]
    same = [cell for cell, kind in zip(rows, kinds, strict=True) if table.colors.get(kind or 0) == supply["color"]]
    return same[0] if len(same) == 1 else None


def put_percent(supply: dict[str, Any], share: int, oid: Oid) -> None:
    """Sets what a vendor's place tells: percentage and state, and the place. Level and max stay the standard ones."""
    supply["percent"], supply["oid"] = share, dotted(oid)
    supply["state"] = supply_state(share, 100, None)
