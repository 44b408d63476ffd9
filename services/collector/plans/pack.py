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
from services.collector.read.parts import ALERTS
from services.collector.snmp.encode import encoded_name
from services.collector.snmp.exchange import GET, GET_NEXT, V1, Oid, Question

# (which reply, first varbind, varbind after the last, the cells)
Piece = tuple[int, int, int, tuple[Oid, ...]]
# (where a GETNEXT goes on from, the name that it leads to, the column that it leaves there or None)
Walk = tuple[Oid, Oid, Walked | None]
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
    alerts: "Step | None"  # the step that leads to the first alert where there is one
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
        gets, steps = _asked(layout, version)
        sizes = _even(len(gets), most), _even(len(steps), most)
        found = layout.packings.get((version, sizes)) or _pack(layout, gets, steps, sizes)
        # Where a larger limit changes nothing it is the same packing: what was made of its replies goes on to serve.
        layout.packings[version, most] = layout.packings[version, sizes] = found
    return found


def _even(cells: int, most: int) -> int:
    """The size of requests that hold so many cells, in no more requests than with `most`, all of about one size."""
    return max(1, -(-cells // max(1, -(-cells // most))))


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


def _asked(layout: Layout, version: int) -> tuple[list[Oid], list[Walk]]:
    """What is asked by GET and by GETNEXT, in order. The clock comes last of all: whoever restarts in between is found
    out by it."""
    ranks, last = _ranks(layout), (_UNUSED,)
    rows = [(cursor, row) for column in layout.columns for cursor, row in column.steps]
    rows.sort(key=lambda step: (ranks.get(step[1], last), step[1]))
    steps: list[Walk] = [(cursor, row, None) for cursor, row in rows]
    steps += [
        (column.last, column.beyond or (), column)
        for column in layout.columns
        if column.is_whole and not (version == V1 and column.beyond is None)
    ]
    gets = sorted(layout.gets, key=lambda cell: (cell in CLOCK, ranks.get(cell, last), cell))
    if steps and gets and gets[-1] in CLOCK:
        clock = gets.pop()
        steps.append((clock[:-1], clock, None))
    return gets, steps


def _moving(layout: Layout, ranks: dict[Oid, Rank]) -> set[Oid]:
    """What is decoded each time. An amount may be part of the structure: where nothing else tells which of the host's
    devices is the printer, the rows of trays do."""
    amounts = {cell for unit, _ in layout.units for cell in amounts_of(unit) or ()}
    return amounts | {cell for cell, rank in ranks.items() if rank[0] == _MOVING}


def _pack(layout: Layout, gets: list[Oid], steps: list[Walk], sizes: tuple[int, int]) -> Packing:
    ranks = _ranks(layout)
    questions: list[Question] = []
    place: dict[Oid, tuple[int, int]] = {}
    loose, ends = [], []
    for at in range(0, len(gets), sizes[0]):
        part = gets[at : at + sizes[0]]
        place |= {cell: (len(questions), position) for position, cell in enumerate(part)}
        questions.append(Question(GET, tuple(part)))
    for at in range(0, len(steps), sizes[1]):
        for position, (_, cell, column) in enumerate(steps[at : at + sizes[1]]):
            here = len(questions), position
            if column is not None:
                ends.append(_step(here, cell, column))
                continue
            place[cell] = here
            if ranks.get(cell, (_UNUSED,))[0] == _UNUSED:
                loose.append(_step(here, cell))
        questions.append(Question(GET_NEXT, tuple(cursor for cursor, _, _ in steps[at : at + sizes[1]])))
    return Packing(
        next(_numbers),
        layout,
        tuple(questions),
        place,
        pieces(layout.structure, place),
        pieces([cell for cell in _moving(layout, ranks) if cell in place], place),
        pieces([cell for cell, rank in ranks.items() if rank[0] == _FIXED], place),
        tuple(_made(layout, number, place) for number in range(len(layout.units))),
        tuple(loose),
        tuple(step for step in ends if not _is_of_alerts(step)),
        next(filter(_is_of_alerts, ends), None),
    )


def _is_of_alerts(step: Step) -> bool:
    return step.column is not None and step.column.oid == ALERTS.rows


def _step(place: tuple[int, int], cell: Oid, column: Walked | None = None) -> Step:
    return Step(*place, cell, column, encoded_name(cell) if cell else b"")


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
