"""Devices that are odd, not hostile: what agents in the field do that no recording shows."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.collector.mib import oids as m
from tests.support.agent import GET, GET_BULK, V2C, Answer, Asked, Reply, Rows, honest
from tests.support.hostile import rows, text


def plain(changes: Rows | None = None, without: tuple[Any, ...] = ()) -> Answer:
    """An honest agent of a small printer with some rows changed, and without those below some OIDs."""
    mine = rows() | (changes or {})
    kept = {oid: value for oid, value in mine.items() if not any(oid[: len(w)] == w for w in without)}
    return lambda asked: [honest(kept, asked)]


def limited(most: int, *, too_big: bool) -> Answer:
    """Takes at most `most` varbinds a PDU (the five of the first GET excepted): beyond, tooBig or silence."""

    def answer(asked: Asked) -> list[Reply | bytes]:
        reply = honest(rows(), asked)
        first = 5 * (m.SYS_OBJECT_ID in asked.oids)
        if max(len(reply.varbinds), len(asked.oids)) <= max(most, first):
            return [reply]
        return [replace(reply, varbinds=[], status=1)] if too_big else []

    return answer


def unsorted(order: Callable[[Any], Any], changes: Rows) -> Answer:
    """Walks its rows in an order of its own, as agents do that sort indexes as text."""
    mine = rows() | changes
    walked = sorted(mine, key=order)

    def after(oid: Any) -> Any:
        if oid in mine:
            at = walked.index(oid) + 1
            return walked[at] if at < len(walked) else None
        at = bisect_right([order(o) for o in walked], order(oid))
        return walked[at] if at < len(walked) else None

    def answer(asked: Asked) -> list[Reply | bytes]:
        if asked.pdu == GET:
            return [honest(mine, asked)]
        reply = Reply([], asked.request_id, asked.version)
        cursors: list[Any] = list(asked.oids)
        for _ in range(asked.repetitions if asked.pdu == GET_BULK else 1):
            for at, cursor in enumerate(cursors):
                following = after(cursor)
                cursors[at] = following or cursor
                value = mine[following] if following else V2C.EndOfMibView("")
                reply.varbinds.append((cursors[at], value))
        return [reply]

    return answer


def rebooting(after: int, then: Rows, ticks: int = 500) -> Answer:
    """Has been up for 100 days; restarts after so many requests, and then holds other values."""
    heard = 0

    def answer(asked: Asked) -> list[Reply | bytes]:
        nonlocal heard
        heard += 1
        if heard <= after:
            return [honest(rows() | {m.SYS_UPTIME: V2C.TimeTicks(864_000_000 + heard)}, asked)]
        return [honest(rows() | then | {m.SYS_UPTIME: V2C.TimeTicks(ticks + heard)}, asked)]

    return answer


def supplies(index: tuple[int, ...], device: tuple[int, ...] = (1,)) -> Rows:
    """Rows of a second supply under any index."""
    return {
        (*m.SUPPLY_DESCRIPTION, *index): text("Cyan Toner"),
        (*m.SUPPLY_MAX, *index): V2C.Integer32(2000),
        (*m.SUPPLY_LEVEL, *index): V2C.Integer32(500),
        (*m.SUPPLY_TYPE, *index): V2C.Integer32(3),
        (*m.SUPPLY_COLORANT, *index): V2C.Integer32(2),
        (*m.COLORANT_VALUE, *device, 1): text("black"),
        (*m.COLORANT_VALUE, *device, 2): text("cyan"),
    }
