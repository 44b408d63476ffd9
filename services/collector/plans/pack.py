"""A layout in as few requests as the printer takes: GETNEXTs that walk all rows of all columns in one step each, and
GETs for the rest; and where in the replies each cell stands.

A GETNEXT from every row gives every next row: the values, and the proof that no row has come or gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from services.collector.mib import oids as m
from services.collector.plans.layout import Layout, Walked
from services.collector.plans.plan import mark_cells
from services.collector.plans.units import COUNTERS, IDENTITY, amounts_of, moves
from services.collector.snmp import fast
from services.collector.snmp.exchange import GET, GET_NEXT, V1, Oid, Question

# (which reply, first varbind, varbind after the last, the cells)
Piece = tuple[int, int, int, tuple[Oid, ...]]
CLOCK: tuple[Oid, ...] = (m.SYS_UPTIME,)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Packing:
    """`place`: cell → (reply, position)."""

    number: int
    layout: Layout
    questions: tuple[Question, ...]
    place: dict[Oid, tuple[int, int]]
    structure: tuple[Piece, ...]
    moving: tuple[Piece, ...]  # what is decoded each time: the clock, the marks, the amounts
    fixed: tuple[Piece, ...]  # of all units but the identity and the counters
    units: tuple["Made", ...]
    loose: tuple["Step", ...]  # steps whose rows no maker reads, or not always: that they are there counts
    ends: tuple["Step", ...]  # steps that leave their column
    contexts: dict[bytes, "Context"] = field(default_factory=dict)
    shapes: dict[Any, Any] = field(default_factory=dict)  # what counters have in common, kept once for all printers


@dataclass(frozen=True, slots=True)
class Made:
    """What a unit is made of. `pieces`: the cells of its maker, without those that its filler alone reads."""

    name: str
    index: Oid
    number: int
    pieces: tuple[Piece, ...]
    pure: frozenset[Oid]  # what it may read without being more than a function of its octets
    amounts: tuple[Oid, Oid] | None  # where its level and its maximum stand


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a walk: where in the replies it stands, and the name that it led to; none where the MIB ended there.
    `column` is the one that it leaves."""

    reply: int
    position: int
    cell: Oid
    column: Walked | None = None
    name: bytes = b""  # of the cell, as it stands in the reply


@dataclass(slots=True)
class Context:
    """Values of a structure, and what follows from them."""

    fingerprint: bytes
    charset: int | None
    number: int = field(default_factory=_numbers.__next__)


def pack(layout: Layout, version: int, most: int) -> Packing:
    """The packing for PDUs of at most `most` varbinds; kept with the layout."""
    found: Packing | None = layout.packings.get((version, most))
    if found is None:
        found = layout.packings[version, most] = _pack(layout, version, most)
    return found


# How cells stand one after the other in requests, so that what is looked at together is one piece.
_STRUCTURE, _FIXED, _IDENTITY, _COUNTERS, _MOVING, _UNUSED = range(6)
_APART = {IDENTITY: _IDENTITY, COUNTERS: _COUNTERS}

Rank = tuple[int, ...]


def _ranks(layout: Layout) -> dict[Oid, Rank]:
    ranks: dict[Oid, Rank] = dict.fromkeys(layout.structure, (_STRUCTURE,))
    ranks |= dict.fromkeys((*CLOCK, *mark_cells(layout)), (_MOVING,))
    users: dict[Oid, list[int]] = {}
    for number, (unit, cells) in enumerate(layout.units):
        for cell in cells:
            if not moves(unit, cell):
                users.setdefault(cell, []).append(number)
            elif cell in (amounts_of(unit) or ()):
                ranks.setdefault(cell, (_MOVING, number))
    for cell, numbers in users.items():
        names = {layout.units[number][0][0] for number in numbers}
        apart = _APART.get(names.pop(), _FIXED) if len(names) == 1 else _FIXED
        ranks.setdefault(cell, (apart, -len(numbers), *numbers))
    return ranks


def _pack(layout: Layout, version: int, most: int) -> Packing:
    ranks, last = _ranks(layout), (_UNUSED,)
    steps = [(cursor, row, ranks.get(row, last)) for column in layout.columns for cursor, row in column.steps]
    steps.sort(key=lambda step: (step[2], step[1]))
    gets = sorted(layout.gets, key=lambda cell: (ranks.get(cell, last), cell))
    leaving = [column for column in layout.columns if column.is_whole and not (version == V1 and column.beyond is None)]
    cursors = [cursor for cursor, _, _ in steps] + [column.last for column in leaving]
    questions: list[Question] = []
    place: dict[Oid, tuple[int, int]] = {}
    where: list[tuple[int, int]] = []
    for at in range(0, len(gets), most):
        for position, cell in enumerate(gets[at : at + most]):
            place[cell] = (len(questions), position)
        questions.append(Question(GET, tuple(gets[at : at + most])))
    for at in range(0, len(cursors), most):
        part = cursors[at : at + most]
        where += [(len(questions), position) for position in range(len(part))]
        questions.append(Question(GET_NEXT, tuple(part)))
    loose = []
    for (_, row, rank), at_place in zip(steps, where, strict=False):
        place[row] = at_place
        if rank[0] == _UNUSED:
            loose.append(_step(at_place, row))
    ends = tuple(
        _step(at_place, column.beyond or (), column)
        for column, at_place in zip(leaving, where[len(steps) :], strict=True)
    )
    return Packing(
        next(_numbers),
        layout,
        tuple(questions),
        place,
        pieces(layout.structure, place),
        pieces([cell for cell, rank in ranks.items() if rank[0] == _MOVING and cell in place], place),
        pieces([cell for cell, rank in ranks.items() if rank[0] == _FIXED], place),
        tuple(_made(layout, number, place) for number in range(len(layout.units))),
        tuple(loose),
        ends,
    )


def _step(place: tuple[int, int], cell: Oid, column: Walked | None = None) -> Step:
    return Step(*place, cell, column, fast.encoded_name(cell) if cell else b"")


def _made(layout: Layout, number: int, place: dict[Oid, tuple[int, int]]) -> Made:
    unit, cells = layout.units[number]
    own = [cell for cell in cells if not moves(unit, cell)]
    pure = frozenset((*layout.structure, *own))
    return Made(*unit, number, pieces(own, place), pure, amounts_of(unit))


def pieces(cells: Iterable[Oid], place: dict[Oid, tuple[int, int]]) -> tuple[Piece, ...]:
    """Cells as few runs."""
    found: list[Piece] = []
    for reply, at, cell in sorted((*place[cell], cell) for cell in cells):
        if found and found[-1][0] == reply and found[-1][2] == at:
            found[-1] = (reply, found[-1][1], at + 1, (*found[-1][3], cell))
        else:
            found.append((reply, at, at + 1, (cell,)))
    return tuple(found)
