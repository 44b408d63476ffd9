"""GLPI: passes and verdicts."""

import uuid
from typing import Any

from pydantic import Field

from services.status_api.api import cursors, store_more
from services.status_api.api.polls import without_row
from services.status_api.api.problems import not_found
from services.status_api.api.route import BodyModel, Call, PageQuery
from services.status_api.record.store_glpi import request_pass
from shared.messages.envelope import Envelope
from shared.messages.glpi import GlpiReconcile
from shared.messages.kinds import kind
from shared.words import GlpiVerdict


class ReconcileBody(BodyModel):
    """Match the known serials with GLPI: `limit` printers at most; `force` also those just checked."""

    limit: int | None = Field(None, ge=1)
    force: bool = False
    dry_run: bool = False


class VerdictsQuery(PageQuery):
    """A page of verdicts."""

    verdict: GlpiVerdict | None = None


async def reconcile(call: Call) -> Any:
    """POST /api/glpi/reconcile. The pass is queued: glpi_sync takes it up when it can."""
    pass_id = uuid.uuid4().hex
    body = GlpiReconcile(pass_id=pass_id, requested_by=call.who.name, **call.body.model_dump())
    await call.parts.publisher.publish(kind("glpi.reconcile"), body, Envelope(correlation_id=pass_id))
    await call.parts.database.run(lambda db: request_pass(db, pass_id, dry_run=body.dry_run))
    await store_more.note(call.parts.database, call.who.name, "glpi.reconcile", body.model_dump(mode="json"))
    return {"pass_id": pass_id, "id": pass_id}


async def passes(call: Call) -> Any:
    """GET /api/glpi/passes."""
    before = cursors.decode(call.query.cursor, int)
    rows = await store_more.passes(call.parts.reader, before[0] if before else None, call.query.limit + 1)
    return without_row(cursors.page(rows, call.query.limit, "row"))


async def one_pass(call: Call) -> Any:
    """GET /api/glpi/passes/{id}."""
    found = await store_more.one_pass(call.parts.reader, call.path["id"])
    if found is None:
        raise not_found("pass", call.path["id"])
    return found


async def verdicts(call: Call) -> Any:
    """GET /api/glpi/verdicts."""
    query: VerdictsQuery = call.query
    after = cursors.decode(query.cursor, int) or (0,)
    rows = await store_more.verdicts(call.parts.reader, query.verdict, after[0], query.limit + 1)
    return cursors.page(rows, query.limit, "printer_id")


async def summary(call: Call) -> Any:
    """GET /api/glpi/summary."""
    latest = without_row({"items": await store_more.passes(call.parts.reader, None, 1)})["items"]
    counts = await store_more.verdict_counts(call.parts.reader)
    return {"counts": counts, "latest": latest[0] if latest else None}
