"""Dead letters: listing, looking, replaying."""

from typing import Any

from pydantic import Field, model_validator

from services.status_api.api import cursors, store_more
from services.status_api.api.problems import not_found
from services.status_api.api.route import BodyModel, Call, PageQuery
from services.status_api.dead import store
from services.status_api.dead.replay import MAX_REPLAYED, Wanted
from shared.messages.base import PrinterId
from shared.topology.table import DEAD_QUEUES

_QUEUES = "^(" + "|".join(q.replace(".", r"\.") for q in DEAD_QUEUES) + ")$"


class DeadQuery(PageQuery):
    """A page of dead letters."""

    queue: str | None = Field(None, max_length=128)
    kind: str | None = Field(None, max_length=80)
    error: str | None = Field(None, max_length=255, description="The error's type")
    reason: str | None = Field(None, max_length=255)
    state: str | None = Field(None, pattern="^(dead|replayed|discarded)$")
    printer_id: PrinterId | None = None


class ReplayBody(BodyModel):
    """Which dead letters to replay: by their ids, or all of a queue that fit. `dry_run` only counts."""

    ids: list[str] | None = Field(None, min_length=1, max_length=1000)
    queue: str | None = Field(None, pattern=_QUEUES)
    reason: str | None = Field(None, max_length=255)
    kind: str | None = Field(None, max_length=80)
    limit: int = Field(MAX_REPLAYED, ge=1, le=MAX_REPLAYED)
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "ReplayBody":
        if (self.ids is None) == (self.queue is None):
            raise ValueError("give ids or queue, one of both")
        if self.ids is not None and (self.reason is not None or self.kind is not None):
            raise ValueError("reason and kind go with queue, not with ids")
        return self


async def listing(call: Call) -> Any:
    """GET /api/dead."""
    query: DeadQuery = call.query
    after = cursors.decode(query.cursor, str, str)
    wanted = {k: getattr(query, k) for k in ("queue", "kind", "error", "reason", "state", "printer_id")}
    rows = await store.listing(call.parts.reader, query.limit + 1, (after[0], after[1]) if after else None, **wanted)
    return cursors.page(rows, query.limit, "died_at", "id")


async def one(call: Call) -> Any:
    """GET /api/dead/{id}."""
    found = await store.one(call.parts.reader, call.path["id"][:64])
    if found is None:
        raise not_found("dead letter", call.path["id"])
    return found


async def groups(call: Call) -> Any:
    """GET /api/dead/groups."""
    return {"items": await store.groups(call.parts.reader), "next": None}


async def replay(call: Call) -> Any:
    """POST /api/dead/replay."""
    body: ReplayBody = call.body
    skipped: list[dict[str, str]] = []
    jobs: list[Wanted] = []
    if body.queue is not None:
        jobs = [Wanted(body.queue, None, body.reason, body.kind, body.limit)]
    else:
        ids = list(dict.fromkeys(body.ids or []))
        known = await store.queues_of(call.parts.reader, ids)
        by_queue: dict[str, set[str]] = {}
        for letter_id in ids:
            queue, state = known.get(letter_id, ("", ""))
            if not queue:
                skipped.append({"id": letter_id[:64], "why": "There is no such dead letter."})
            elif state == "replayed":
                skipped.append({"id": letter_id, "why": "It was replayed already."})
            else:
                by_queue.setdefault(queue, set()).add(letter_id)
        jobs = [Wanted(queue, frozenset(found), limit=body.limit) for queue, found in by_queue.items()]
    replayed: list[str] = []
    polls: list[str] = []
    matched = 0
    for job in jobs:
        outcome = await call.parts.replayer.replay(job, call.who.name, dry_run=body.dry_run)
        replayed += outcome.replayed
        skipped += outcome.skipped
        polls += outcome.polls
        matched += outcome.matched
    if not body.dry_run:
        detail = body.model_dump(exclude_none=True) | {"replayed": len(replayed), "skipped": len(skipped)}
        await store_more.note(call.parts.database, call.who.name, "dead.replay", detail)
    return {
        "replayed": len(replayed),
        "ids": replayed[:1000],
        "polls": polls[:1000],
        "skipped": skipped[:1000],
        "matched": matched,
        "dry_run": body.dry_run,
    }
