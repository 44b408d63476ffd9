"""Polls and sweeps: looking, ordering, waiting."""

import time
from typing import Any

from pydantic import Field, model_validator

from services.status_api.api import cursors, store_more, store_polls, store_printers
from services.status_api.api.printers import PrinterFilter
from services.status_api.api.problems import ProblemError, not_found
from services.status_api.api.route import BodyModel, Call, PageQuery, Query, Reply
from shared.messages.base import PrinterId, Site
from shared.messages.polls import PollOrder
from shared.messages.sweeps import SweepOrder
from shared.words import ENDED, PollState

MAX_ORDER = 1000
_ENDED = {str(state) for state in ENDED}


class PollsQuery(PageQuery):
    """A page of polls."""

    state: PollState | None = None
    printer_id: PrinterId | None = None
    sweep_id: str | None = Field(None, max_length=64)
    order_id: str | None = Field(None, max_length=64)


class WaitQuery(Query):
    """How long to wait for the end, in seconds."""

    wait: float = Field(0, ge=0, le=60)


class OrderBody(BodyModel):
    """Which printers to poll now: their numbers, or a filter as of the list of printers."""

    printer_ids: list[PrinterId] | None = Field(None, min_length=1, max_length=MAX_ORDER)
    filter: PrinterFilter | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "OrderBody":
        if (self.printer_ids is None) == (self.filter is None):
            raise ValueError("give printer_ids or filter, one of both")
        return self


class SweepBody(BodyModel):
    """All enabled printers, or those of one site; backed-off ones come along with `force`."""

    site: Site | None = None
    force: bool = False


async def listing(call: Call) -> Any:
    """GET /api/polls."""
    query: PollsQuery = call.query
    before = cursors.decode(query.cursor, int)
    wanted = {k: getattr(query, k) for k in ("state", "printer_id", "sweep_id", "order_id")}
    rows = await store_polls.polls(call.parts.reader, query.limit + 1, before[0] if before else None, **wanted)
    return without_row(cursors.page(rows, query.limit, "row"))


def without_row(page: dict[str, Any]) -> dict[str, Any]:
    """The page without the key that only its cursor needs."""
    for item in page["items"]:
        item.pop("row", None)
    return page


async def _ended(call: Call, poll_ids: list[str], wait: float) -> list[dict[str, Any]]:
    """The polls, once all have ended or `wait` seconds have passed."""
    deadline = time.monotonic() + wait
    parts = call.parts
    if not wait:
        return await store_polls.some_polls(parts.reader, poll_ids)
    async with parts.recorder.waiters.watch(poll_ids) as watch:
        while True:
            rows = await store_polls.some_polls(parts.reader, poll_ids)
            if sum(r["state"] in _ENDED for r in rows) >= len(poll_ids):
                return rows
            if not await watch.next(deadline - time.monotonic()):
                return await store_polls.some_polls(parts.reader, poll_ids)


async def one(call: Call) -> Any:
    """GET /api/polls/{id}."""
    poll_id = call.path["id"]
    if len(poll_id) > 64:
        raise not_found("poll", poll_id)
    rows = await _ended(call, [poll_id], call.query.wait)
    if not rows:
        raise not_found("poll", poll_id)
    return rows[0]


async def order(call: Call) -> Any:
    """POST /api/polls."""
    body: OrderBody = call.body
    ids = list(dict.fromkeys(body.printer_ids or []))
    if body.filter is not None:
        ids = await store_printers.matching_ids(call.parts.reader, body.filter, MAX_ORDER + 1)
        if not ids:
            raise ProblemError(404, "no_printers", "No printer matches the filter.")
        if len(ids) > MAX_ORDER:
            raise ProblemError(
                422, "too_many_printers", f"More than {MAX_ORDER} printers match.", "Order a sweep: POST /api/sweeps."
            )
    result = await call.parts.commands.ask(
        "poll.order",
        PollOrder(printer_ids=ids, idempotency_key=call.idempotency_key, requested_by=call.who.name),
    )
    await store_more.note(
        call.parts.database, call.who.name, "poll.order", {"printers": len(ids), "order_id": result.get("order_id")}
    )
    polls = result.get("polls") or []
    if not call.query.wait or not polls:
        return Reply(result, 202)
    ended = {r["poll_id"]: r for r in await _ended(call, [p["poll_id"] for p in polls], call.query.wait)}
    return Reply(result | {"polls": [p | ended.get(p["poll_id"], {}) for p in polls]}, 200)


async def order_sweep(call: Call) -> Any:
    """POST /api/sweeps."""
    body: SweepBody = call.body
    result = await call.parts.commands.ask(
        "sweep.order",
        SweepOrder(site=body.site, force=body.force, idempotency_key=call.idempotency_key, requested_by=call.who.name),
    )
    await store_more.note(call.parts.database, call.who.name, "sweep.order", {"site": body.site, "result": result})
    return result | {"id": result.get("sweep_id")}


async def sweeps(call: Call) -> Any:
    """GET /api/sweeps."""
    before = cursors.decode(call.query.cursor, int)
    rows = await store_polls.sweeps(call.parts.reader, call.query.limit + 1, before[0] if before else None)
    return without_row(cursors.page(rows, call.query.limit, "row"))


async def sweep(call: Call) -> Any:
    """GET /api/sweeps/{id}; "latest" is the newest."""
    sweep_id = call.path["id"]
    found = None
    if len(sweep_id) <= 64:
        found = await store_polls.sweep(call.parts.reader, None if sweep_id == "latest" else sweep_id)
    if found is None:
        raise not_found("sweep", sweep_id)
    return found
