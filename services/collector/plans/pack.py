"""A layout in as few requests as the printer takes: GETNEXTs that walk all rows of all columns in one step each, and
GETs for the rest; and where in the replies each cell stands.

A GETNEXT from every row gives every next row: the values, and the proof that no row has come or gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from services.collector.mib import oids as m
from services.collector.plans.layout import Layout, Walked
from services.collector.snmp.exchange import GET, GET_NEXT, V1, Oid, Question

# (which reply, first varbind, varbind after the last)
Piece = tuple[int, int, int]
CLOCK: tuple[Oid, ...] = (m.SYS_UPTIME,)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Packing:
    """`place`: cell → (reply, position). `ends`: (reply, position, column) of the steps that leave a column."""

    number: int
    layout: Layout
    questions: tuple[Question, ...]
    place: dict[Oid, tuple[int, int]]
    structure: tuple[Piece, ...]
    units: tuple[tuple[Piece, ...], ...]
    loose: tuple[tuple[int, int, Oid], ...]  # steps whose rows no unit reads: only that they are there counts
    ends: tuple[tuple[int, int, Walked], ...]
    checks: tuple[Piece, ...]  # of loose and ends
    pure: tuple[frozenset[Oid], ...]  # what each unit may read without being more than a function of its octets
    contexts: dict[bytes, "Context"] = field(default_factory=dict)


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


def _order(layout: Layout) -> dict[Oid, tuple[int, ...]]:
    """How cells stand one after the other: the clock, the structure, then each unit's, so that a unit is one piece."""
    order: dict[Oid, tuple[int, ...]] = {}
    for cell in layout.structure:
        order[cell] = (0,)
    users: dict[Oid, list[int]] = {}
    for number, (_, cells) in enumerate(layout.units):
        for cell in cells:
            users.setdefault(cell, []).append(number)
    for cell, numbers in users.items():
        order.setdefault(cell, (2, *numbers) if len(numbers) == 1 else (1, *numbers))
    return order


_UNUSED = (3,)


def _pack(layout: Layout, version: int, most: int) -> Packing:
    order = _order(layout)
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
        if rank == _UNUSED:
            loose.append((*at_place, row))
    ends = tuple((*at_place, column) for column, at_place in zip(leaving, where[len(steps) :], strict=True))
    return Packing(
        next(_numbers),
        layout,
        tuple(questions),
        place,
        pieces([place[cell] for cell in layout.structure]),
        tuple(pieces([place[cell] for cell in cells]) for _, cells in layout.units),
        tuple(loose),
        ends,
        pieces([(reply, at) for reply, at, _ in loose] + [(reply, at) for reply, at, _ in ends]),
        tuple(frozenset((*layout.structure, *cells)) for _, cells in layout.units),
    )


def pieces(places: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """Places as few runs."""
    found: list[Piece] = []
    for reply, at in sorted(places):
        if found and found[-1][0] == reply and found[-1][2] == at:
            found[-1] = (reply, found[-1][1], at + 1)
        else:
            found.append((reply, at, at + 1))
    return tuple(found)
