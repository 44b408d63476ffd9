"""Supply levels in a vendor's own tree: they fill what the standard table leaves open, and never contradict it."""

from dataclasses import dataclass
from typing import Any

from services.collector.mib.oids import dotted
from services.collector.mib.values import NEARLY_EMPTY, percent, supply_state
from services.collector.read.facts import Facts, number_of
from services.collector.snmp.exchange import Oid

_TONERS = ("toner", "tonerCartridge")


@dataclass(frozen=True, slots=True)
class LevelTable:
    """A column of what is left of each supply. Row n belongs to the supply whose index ends in n; with `colors` it
    belongs to the toner of the nth colour, and a table of one row to a toner whose colour is not told.

    `levels` and `maxima` are walked; without `maxima` the levels are percentages.
    """

    levels: Oid
    maxima: Oid | None = None
    colors: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Oid, ...]:
        """What is to be walked."""
        return (self.levels,) if self.maxima is None else (self.levels, self.maxima)


def fill(facts: Facts, supplies: list[dict[str, Any]], table: LevelTable) -> None:
    """Gives a percentage and a state to supplies that have none."""
    open_ones = [supply for supply in supplies if supply["percent"] is None]
    if not open_ones:
        return
    by_row = {cell.oid[-1]: cell for cell in facts.rows.get(table.levels, ())}
    for supply in open_ones:
        cell = by_row.get(_row(supply, table, len(by_row)))
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


def _row(supply: dict[str, Any], table: LevelTable, rows: int) -> int:
    """The row that is about this supply; 0, which is no row, where none is."""
    if not table.colors:
        return int(supply["index"].rpartition(".")[2])
    if supply["type"] not in _TONERS:
        return 0
    if supply["color"] in table.colors:
        return table.colors.index(supply["color"]) + 1
    return 1 if supply["color"] is None and rows == 1 else 0


def put_percent(supply: dict[str, Any], share: int, oid: Oid) -> None:
    """Sets what a vendor's place tells: percentage and state, and the place. Level and max stay the standard ones."""
    supply["percent"], supply["oid"] = share, dotted(oid)
    supply["state"] = supply_state(share, 100, None)
