"""Replies of a warm poll as the facts that readers expect, each cell decoded when somebody looks at it."""

from collections.abc import Iterator
from typing import Any

from services.collector.plans.layout import Layout
from services.collector.plans.pack import Packing, Piece
from services.collector.read.facts import Facts, number_of
from services.collector.read.printer import MOST_INDEX
from services.collector.snmp import fast
from services.collector.snmp.exchange import EXCEPTIONS, NULL, Oid, Varbind

_NOTHING = EXCEPTIONS | {NULL}


class Stale(Exception):
    """The printer is no longer as its plan says; the text says where."""


class Cells(dict[Oid, Varbind]):
    """Cell → varbind, decoded on demand. `read` gathers which cells were asked for; None gathers nothing.

    `hidden` cells are answered as if the printer had none. Whoever looks at all cells at once reads them all.
    """

    def __init__(self, packing: Packing, replies: list[tuple[bytes, list[int]]]) -> None:
        super().__init__()
        self._place, self._absent, self.replies = packing.place, packing.layout.absent, replies
        self.read: set[Oid] | None = None
        self.hidden: frozenset[Oid] = frozenset()
        self.more: dict[Oid, Varbind] = {}  # read beside the plan

    def get(self, cell: Oid, default: Any = None) -> Any:
        """The varbind; `default` where the printer has no such cell. Raises Stale."""
        place = self._place.get(cell)
        if place is None:
            return self.more.get(cell, default)
        if cell in self.hidden:
            return default
        if self.read is not None:
            self.read.add(cell)
        found = dict.get(self, cell)
        if found is None:
            found = self._decode(cell, *place)
        return default if found is None else found

    def _decode(self, cell: Oid, reply: int, position: int) -> Varbind | None:
        octets, starts = self.replies[reply]
        (found,) = fast.varbinds(octets, starts[position], starts[position + 1])
        return self._keep(cell, found)

    def _keep(self, cell: Oid, found: Varbind) -> Varbind | None:
        if found.oid != cell:
            raise Stale("rows have come or gone")
        if found.tag in _NOTHING:
            if cell in self._absent:
                return None
            raise Stale("a value is gone")
        self[cell] = found
        return found

    def taken(self, cell: Oid) -> int | None:
        """The number of a cell that `take` has decoded; None where there is none."""
        return number_of(dict.get(self, cell))

    def take(self, runs: tuple[Piece, ...]) -> None:
        """Decodes these at once. Raises Stale."""
        put = dict.__setitem__
        for reply, first, after, cells in runs:
            octets, starts = self.replies[reply]
            for cell, found in zip(cells, fast.varbinds(octets, starts[first], starts[after]), strict=True):
                if found.oid == cell and found.tag not in _NOTHING:
                    put(self, cell, found)
                else:
                    self._keep(cell, found)

    def __getitem__(self, cell: Oid) -> Varbind:
        found: Varbind | None = self.get(cell)
        if found is None:
            raise KeyError(cell)
        return found

    def __contains__(self, cell: object) -> bool:
        return cell in self._place and self.get(cell) is not None

    def __iter__(self) -> Iterator[Oid]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._place)

    def _all(self) -> dict[Oid, Varbind]:
        return {cell: found for cell in self._place if (found := self.get(cell)) is not None}

    def items(self) -> Any:
        """All cells."""
        return self._all().items()

    def values(self) -> Any:
        """All varbinds."""
        return self._all().values()

    def keys(self) -> Any:
        """All names."""
        return self._all().keys()


class Rows(dict[Oid, list[Varbind]]):
    """Column → its walked cells, out of `cells`."""

    def __init__(self, layout: Layout, cells: Cells) -> None:
        super().__init__()
        self._rows, self._cells = rows_of(layout), cells

    def names(self, column: Oid) -> tuple[Oid, ...]:
        """Where the column's rows are."""
        return self._rows.get(column, ())

    def put(self, column: Oid, names: tuple[Oid, ...]) -> None:
        """The column was walked beside the plan."""
        self._rows = self._rows | {column: names}

    def get(self, column: Oid, default: Any = None) -> Any:
        """The column's cells; `default` where it was not walked."""
        rows = self._rows.get(column)
        return default if rows is None else [self._cells[row] for row in rows]

    def __getitem__(self, column: Oid) -> list[Varbind]:
        return [self._cells[row] for row in self._rows[column]]

    def __contains__(self, column: object) -> bool:
        return column in self._rows

    def __iter__(self) -> Iterator[Oid]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def items(self) -> Any:
        """All columns."""
        return {column: self[column] for column in self._rows}.items()


def rows_of(layout: Layout) -> dict[Oid, tuple[Oid, ...]]:
    """Column → the rows that readers see; kept with the layout."""
    found: dict[Oid, tuple[Oid, ...]] | None = layout.packings.get("rows")
    if found is None:
        found = {c.oid: tuple(row for row in c.rows if len(row) - len(c.oid) <= MOST_INDEX) for c in layout.columns}
        layout.packings["rows"] = found
    return found


class LazyFacts(Facts):
    """Facts over `Cells`. Indexes are the layout's, which the replies' names prove."""

    __slots__ = ()

    def indexes(self, column: Oid, most: int) -> list[Oid]:
        """See Facts."""
        rows: Rows = self.rows  # type: ignore[assignment]
        return [row[len(column) :] for row in rows.names(column)][:most]

    def add(self, column: Oid, rows: list[Varbind], cells: list[Varbind]) -> None:
        """What was walked beside the plan: a column, and all cells that came with it."""
        found: Cells = self.found  # type: ignore[assignment]
        found.more.update((cell.oid, cell) for cell in cells)
        walked: Rows = self.rows  # type: ignore[assignment]
        walked.put(column, tuple([row.oid for row in rows]))
