"""A layout in as few requests as the printer takes: GETNEXTs that walk all rows of all columns in one step each, and
GETs for the rest; and where in the replies each cell stands.

A GETNEXT from every row gives every next row: the values, and the proof that no row has come or gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from services.collector.mib import oids as m
from services.collector.plans.layout import Layout, Walked
from services.collector.plans.units import moves
from services.collector.snmp import fast
from services.collector.snmp.exchange import GET, GET_NEXT, V1, Oid, Question

# (which reply, first varbind, varbind after the last)
Piece = tuple[int, int, int]
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


def _order(layout: Layout, moving: set[Oid]) -> dict[Oid, tuple[int, ...]]:
    """How cells stand one after the other: the clock, the structure, then each unit's, so that a unit is one piece,
    with what moves behind it."""
    order: dict[Oid, tuple[int, ...]] = {}
    for cell in layout.structure:
        order[cell] = (0,)
    users: dict[Oid, list[int]] = {}
    for number, (_, cells) in enumerate(layout.units):
        for cell in cells:
            users.setdefault(cell, []).append(number)
    for cell, numbers in users.items():
        order.setdefault(cell, (2, *numbers, cell in moving) if len(numbers) == 1 else (1, *numbers))
    return order


_UNUSED = (3,)


def _pack(layout: Layout, version: int, most: int) -> Packing:
    moving = {cell for unit, cells in layout.units for cell in cells if moves(unit, cell)}
    order = _order(layout, moving)
    steps = [(cursor, row, order.get(row, _UNUSED)) for column in layout.columns for cursor, row in column.steps]
    steps.sort(key=lambda step: (step[2], step[1]))
    gets = sorted(layout.gets, key=lambda cell: (cell not in CLOCK, order.get(cell, _UNUSED), cell))
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
        if rank == _UNUSED or row in moving:
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
        pieces([place[cell] for cell in layout.structure]),
        tuple(_made(layout, number, place) for number in range(len(layout.units))),
        tuple(loose),
        ends,
    )


def _step(place: tuple[int, int], cell: Oid, column: Walked | None = None) -> Step:
    return Step(*place, cell, column, fast.encoded_name(cell) if cell else b"")


def _made(layout: Layout, number: int, place: dict[Oid, tuple[int, int]]) -> Made:
    unit, cells = layout.units[number]
    own = [cell for cell in cells if not moves(unit, cell)]
    return Made(*unit, number, pieces([place[cell] for cell in own]), frozenset((*layout.structure, *own)))


def pieces(places: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """Places as few runs."""
    found: list[Piece] = []
    for reply, at in sorted(places):
        if found and found[-1][0] == reply and found[-1][2] == at:
            found[-1] = (reply, found[-1][1], at + 1)
        else:
            found.append((reply, at, at + 1))
    return tuple(found)
