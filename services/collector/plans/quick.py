"""Undecoded replies of a warm poll → reading.

A unit whose octets are known is taken as it was made of those octets; only others are decoded and made. That is exact,
because a unit is a pure function of its cells, the structure and the layout.
"""

from typing import Any

from services.collector.mib import oids as m
from services.collector.plans.cells import Cells, LazyFacts, Rows, Stale
from services.collector.plans.memo import Memo
from services.collector.plans.pack import Context, Packing, Piece
from services.collector.plans.plan import Plan, fingerprint, marks_of
from services.collector.plans.units import IDENTITY, MAKERS, put_together, refined, vendor_named
from services.collector.read.facts import Facts
from services.collector.read.printer import charset_of
from services.collector.snmp import fast
from services.collector.snmp.exchange import EXCEPTIONS, Octets, Oid
from services.collector.vendors import Vendor

MOST_CONTEXTS = 64  # of one packing: mostly it has one
_CHECKS = -1
_CLOCK = frozenset((m.SYS_UPTIME,))

Replies = list[tuple[bytes, list[int]]]


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


def reading_of(plan: Plan, packing: Packing, facts: LazyFacts, memo: Memo) -> dict[str, Any]:
    """The reading without the figures of how it was made. Raises Stale or fast.Unusual."""
    cells: Cells = facts.found  # type: ignore[assignment]
    replies = cells.replies
    context = _context(packing, facts, replies)
    if context.fingerprint != plan.fingerprint:
        raise Stale("the structure has changed")
    facts.charset = context.charset
    uptime = facts.number(m.SYS_UPTIME)
    if uptime is not None and plan.uptime is not None and uptime < plan.uptime:
        raise Stale("the printer has been restarted")
    if marks_of(facts, packing.layout) != plan.marks:
        raise Stale("the configuration has changed")
    _check_rows(packing, cells, memo)
    vendor = vendor_named(plan.vendor)
    made = []
    for number, (unit, _) in enumerate(packing.layout.units):
        octets = joined(packing.units[number], replies)
        if unit[0] == IDENTITY:
            value = _identity(plan, packing, facts, vendor, (context.number, octets), number, uptime)
        else:
            key = (context.number, number, octets)
            value = memo.get(key)
            if value is None:
                value, is_pure = _made(packing, facts, vendor, number)
                if is_pure:
                    memo.put(key, value)
        made.append(value)
    reading = refined(facts, vendor, put_together([unit for unit, _ in packing.layout.units], made))
    plan.uptime = uptime
    reading["complete"], reading["missing"] = True, []
    return reading


def joined(pieces: tuple[Piece, ...], replies: Replies) -> bytes:
    """The octets of some cells. Unambiguous: they are whole varbinds."""
    if len(pieces) == 1:
        reply, first, after = pieces[0]
        octets, starts = replies[reply]
        return octets[starts[first] : starts[after]]
    return b"".join([replies[r][0][replies[r][1][first] : replies[r][1][after]] for r, first, after in pieces])


def _context(packing: Packing, facts: Facts, replies: Replies) -> Context:
    octets = joined(packing.structure, replies)
    found = packing.contexts.get(octets)
    if found is None:
        if len(packing.contexts) >= MOST_CONTEXTS:
            packing.contexts.clear()
        found = packing.contexts[octets] = Context(fingerprint(facts, packing.layout), charset_of(facts))
    return found


def _made(packing: Packing, facts: LazyFacts, vendor: Vendor, number: int) -> tuple[Any, bool]:
    """A unit made anew, and whether it was made of nothing but its own cells and the structure."""
    (name, index), own = packing.layout.units[number]
    cells: Cells = facts.found  # type: ignore[assignment]
    for cell in own:
        cells.get(cell)
    cells.read = set()
    try:
        value = MAKERS[name](facts, vendor, index)
        return value, cells.read <= packing.pure[number]
    finally:
        cells.read = None


def _identity(
    plan: Plan,
    packing: Packing,
    facts: LazyFacts,
    vendor: Vendor,
    key: tuple[int, bytes],
    number: int,
    uptime: int | None,
) -> tuple[str, dict[str, Any]]:
    """Kept with the plan, for no two printers share one. sysUpTime, which never stands still, is put in each time."""
    if plan.identity is not None and plan.identity[0] == key:
        value = plan.identity[1]
    else:
        facts.found.hidden = _CLOCK  # type: ignore[attr-defined]
        value, is_pure = _made(packing, facts, vendor, number)
        facts.found.hidden = frozenset()  # type: ignore[attr-defined]
        if value[0] != vendor.key or value[1]["serial"] != plan.serial:
            raise Stale("it is another device")
        plan.identity = (key, value) if is_pure else None
    return value[0], {**value[1], "uptime_s": None if uptime is None or uptime < 0 else uptime / 100}


def _check_rows(packing: Packing, cells: Cells, memo: Memo) -> None:
    """That the walked columns end where they ended, and that their rows that no unit reads are there."""
    key = (packing.number, _CHECKS, joined(packing.checks, cells.replies))
    if memo.get(key) is not None:
        return
    for _, _, row in packing.loose:
        cells.get(row)
    for reply, position, column in packing.ends:
        octets, starts = cells.replies[reply]
        (found,) = fast.varbinds(octets, starts[position], starts[position + 1])
        if found.tag not in EXCEPTIONS and (found.oid <= column.last or is_below(found.oid, column.oid)):
            raise Stale("rows have come or gone")
    memo.put(key, True)


def is_below(cell: Oid, column: Oid) -> bool:
    """Whether a cell is of this column."""
    return cell[: len(column)] == column
