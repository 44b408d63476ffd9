"""Undecoded replies of a warm poll → reading.

A unit whose octets are known is taken as it was made of those octets; only others are decoded and made. That is exact,
because a unit is a pure function of its cells, the structure and the layout.
"""

import hashlib
from typing import Any

from services.collector.mib import oids as m
from services.collector.plans.cells import Cells, LazyFacts, Rows, Stale
from services.collector.plans.layout import is_below
from services.collector.plans.memo import Memo
from services.collector.plans.pack import Context, Made, Packing, Piece, Step
from services.collector.plans.plan import Plan, fingerprint, mark_cells
from services.collector.plans.units import COUNTERS, FILLERS, IDENTITY, MAKERS, put_together, refined, vendor_named
from services.collector.read import build
from services.collector.read.facts import Facts
from services.collector.read.printer import charset_of
from services.collector.snmp import fast
from services.collector.snmp.exchange import EXCEPTIONS, NULL, Octets
from services.collector.vendors import Vendor

MOST_CONTEXTS = 64  # of one packing: mostly it has one
MOST_SHAPES = 64
_LONG = 0x80  # a length of 128 octets or more is told in several
_CLOCK = frozenset((m.SYS_UPTIME,))

Replies = list[tuple[bytes, list[int]]]
# (the structure's values, the unit, its octets) → what was made of them, for all printers together
Units = Memo[tuple[int, int, bytes], Any]


def facts_of(packing: Packing, octets: list[Octets]) -> LazyFacts:
    """The replies as facts. Raises Stale where a reply has more or fewer varbinds than were asked, fast.Unusual."""
    replies: Replies = []
    for reply, question in zip(octets, packing.questions, strict=True):
        starts = fast.starts(reply.data, reply.start)
        if len(starts) != len(question.oids) + 1:
            raise Stale("another number of values came than was asked")
        replies.append((reply.data, starts))
    cells = Cells(packing, replies)
    return LazyFacts(cells, Rows(packing.layout, cells))


def reading_of(plan: Plan, packing: Packing, facts: LazyFacts, memo: Units) -> dict[str, Any]:
    """The reading without the figures of how it was made. Raises Stale or fast.Unusual."""
    cells: Cells = facts.found  # type: ignore[assignment]
    replies = cells.replies
    context = _context(packing, facts, replies)
    if context.fingerprint != plan.fingerprint:
        raise Stale("the structure has changed")
    facts.charset = context.charset
    cells.take(packing.moving)
    uptime = cells.taken(m.SYS_UPTIME)
    if uptime is not None and plan.uptime is not None and uptime < plan.uptime:
        raise Stale("the printer has been restarted")
    if tuple([cells.taken(cell) for cell in mark_cells(packing.layout)]) != plan.marks:
        raise Stale("the configuration has changed")
    _check_rows(packing, cells)
    vendor = vendor_named(plan.vendor)
    made = list(_fixed(plan, packing, context, facts, vendor, memo))
    for unit in packing.units:
        if unit.amounts is not None:
            level, maximum = unit.amounts
            fill = FILLERS[unit.name]
            made[unit.number] = fill(facts, vendor, made[unit.number], cells.taken(level), cells.taken(maximum))
        elif unit.name == IDENTITY:
            made[unit.number] = _identity(plan, context, facts, vendor, unit, uptime)
        elif unit.name == COUNTERS:
            made[unit.number] = _counters(plan, packing, context, facts, vendor, unit)
    reading = put_together([unit for unit, _ in packing.layout.units], made)
    reading["alerts"] = build.alerts(facts)
    reading = refined(facts, vendor, reading)
    plan.uptime = uptime
    reading["complete"], reading["missing"] = True, []
    return reading


def joined(pieces: tuple[Piece, ...], replies: Replies) -> bytes:
    """The octets of some cells. Unambiguous: they are whole varbinds."""
    if len(pieces) == 1:
        reply, first, after, _ = pieces[0]
        octets, starts = replies[reply]
        return octets[starts[first] : starts[after]]
    return b"".join([replies[r][0][replies[r][1][first] : replies[r][1][after]] for r, first, after, _ in pieces])


def _context(packing: Packing, facts: Facts, replies: Replies) -> Context:
    octets = joined(packing.structure, replies)
    found = packing.contexts.get(octets)
    if found is None:
        if len(packing.contexts) >= MOST_CONTEXTS:
            packing.contexts.clear()
        found = packing.contexts[octets] = Context(fingerprint(facts, packing.layout), charset_of(facts))
    return found


def _made(facts: LazyFacts, vendor: Vendor, unit: Made) -> tuple[Any, bool]:
    """A unit made anew, and whether it was made of nothing but its own cells and the structure."""
    cells: Cells = facts.found  # type: ignore[assignment]
    cells.take(unit.pieces)
    cells.read = set()
    try:
        value = MAKERS[unit.name](facts, vendor, unit.index)
        return value, cells.read <= unit.pure
    finally:
        cells.read = None


def _fixed(
    plan: Plan, packing: Packing, context: Context, facts: LazyFacts, vendor: Vendor, memo: Units
) -> tuple[Any, ...]:
    """All units without their amounts, in their order; None in the places of the identity and the counters."""
    replies = facts.found.replies  # type: ignore[attr-defined]
    key = _key(context, joined(packing.fixed, replies))
    if plan.fixed is not None and plan.fixed[0] == key:
        return plan.fixed[1]
    made: list[Any] = []
    all_pure = True
    for unit in packing.units:
        if unit.name in (IDENTITY, COUNTERS):
            made.append(None)
            continue
        name = (context.number, unit.number, joined(unit.pieces, replies))
        value, is_pure = memo.get(name), True
        if value is None:
            value, is_pure = _made(facts, vendor, unit)
            if is_pure:
                memo.put(name, value)
        made.append(value)
        all_pure = all_pure and is_pure
    plan.fixed = (key, tuple(made)) if all_pure else None
    return tuple(made)


def _key(context: Context, octets: bytes) -> bytes:
    return hashlib.blake2b(octets, digest_size=16, salt=context.number.to_bytes(8, "big")).digest()


def _identity(
    plan: Plan, context: Context, facts: LazyFacts, vendor: Vendor, unit: Made, uptime: int | None
) -> tuple[str, dict[str, Any]]:
    """Kept with the plan, for no two printers share one. sysUpTime, which never stands still, is put in each time."""
    key = _key(context, joined(unit.pieces, facts.found.replies))  # type: ignore[attr-defined]
    if plan.identity is not None and plan.identity[0] == key:
        value = plan.identity[1]
    else:
        facts.found.hidden = _CLOCK  # type: ignore[attr-defined]
        value, is_pure = _made(facts, vendor, unit)
        facts.found.hidden = frozenset()  # type: ignore[attr-defined]
        if value[0] != vendor.key or value[1]["serial"] != plan.serial:
            raise Stale("it is another device")
        plan.identity = (key, value) if is_pure else None
    return value[0], {**value[1], "uptime_s": None if uptime is None or uptime < 0 else uptime / 100}


def _counters(
    plan: Plan, packing: Packing, context: Context, facts: LazyFacts, vendor: Vendor, unit: Made
) -> dict[str, Any]:
    """Kept with the plan as bare numbers: what they are and where they come from is kept once for all of a model."""
    key = _key(context, joined(unit.pieces, facts.found.replies))  # type: ignore[attr-defined]
    if plan.counters is not None and plan.counters[0] == key:
        _, shape, values = plan.counters
        return {
            name: {"value": value, "oid": place, "rule": rule, "unit": measure}
            for (name, place, rule, measure), value in zip(shape, values, strict=True)
        }
    counters, is_pure = _made(facts, vendor, unit)
    plan.counters = None
    if is_pure:
        shape = tuple((name, c["oid"], c["rule"], c["unit"]) for name, c in counters.items())
        if len(packing.shapes) >= MOST_SHAPES:
            packing.shapes.clear()
        shape = packing.shapes.setdefault(shape, shape)
        plan.counters = (key, shape, tuple(c["value"] for c in counters.values()))
    found: dict[str, Any] = counters
    return found


def _check_rows(packing: Packing, cells: Cells) -> None:
    """That the walked columns end where they ended, and that their rows that no unit reads are there.

    Mostly that is seen by the octets of the names; only what is not as it was is decoded.
    """
    for step in packing.loose:
        tag = _tag_behind(step, cells.replies)
        if tag is None or tag in EXCEPTIONS or tag == NULL:
            cells.get(step.cell)
    for step in packing.ends:
        column = step.column
        if column is None or (step.name and _tag_behind(step, cells.replies) is not None):
            continue
        octets, starts = cells.replies[step.reply]
        (found,) = fast.varbinds(octets, starts[step.position], starts[step.position + 1])
        if found.tag not in EXCEPTIONS and (found.oid <= column.last or is_below(found.oid, column.oid)):
            raise Stale("rows have come or gone")


def _tag_behind(step: Step, replies: Replies) -> int | None:
    """The tag of the value where the step led to the name that it did before; None where it did not, or the varbind is
    a long one."""
    octets, starts = replies[step.reply]
    at = starts[step.position]
    if octets[at + 1] >= _LONG or not octets.startswith(step.name, at + 2):
        return None
    behind = at + 2 + len(step.name)
    return octets[behind] if behind < starts[step.position + 1] else None
