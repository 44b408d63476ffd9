"""Queues, services, health, the summary, the audit log, the session."""

from typing import Any

from services.status_api.api import cursors, store_more, store_polls, store_printers
from services.status_api.api.problems import ProblemError, not_found
from services.status_api.api.route import Call, PageQuery
from services.status_api.api.sessions import csrf_of
from services.status_api.dead.store import open_count
from services.status_api.record import release as releasing
from shared.messages.base import PrinterId


class ReadingsQuery(PageQuery):
    """A page of readings."""

    printer_id: PrinterId | None = None
    quarantined: bool | None = None


async def queues(call: Call) -> Any:
    """GET /api/queues."""
    view = call.parts.view
    await view.looked()
    if view.seen_at is None:
        raise ProblemError(503, "management_unavailable", "The broker's queues cannot be seen.", view.error)
    return {"items": view.queues, "next": None, "error": view.error or None}


async def services(call: Call) -> Any:
    """GET /api/services."""
    return {"items": call.parts.registry.listing(), "next": None}


async def health(call: Call) -> Any:
    """GET /api/health."""
    return call.parts.health.answer()


async def summary(call: Call) -> Any:
    """GET /api/summary."""
    parts, reader = call.parts, call.parts.reader
    listed = parts.registry.listing()
    marks = await store_printers.marks(reader)
    return {
        "printers": {
            "total": marks["total"],
            "by_state": await store_printers.counts_by_state(reader),
            "low": marks["low"],
            "quarantined": marks["quarantined"],
            "with_alerts": marks["with_alerts"],
            "disabled": marks["disabled"],
        },
        "sites": await store_printers.sites(reader),
        "sweep": await store_polls.sweep(reader, None),
        "services": {
            "instances": sum(1 for s in listed if not s["missing"]),
            "missing": sorted({s["role"] for s in listed if s["missing"]}),
        },
        "queues": {
            "messages": sum(q["messages"] for q in parts.view.queues),
            "waiting_polls": sum(q["messages"] for q in parts.view.queues if q["name"].startswith("poll.")),
            "not_ok": [q["name"] for q in parts.view.queues if q["state"] not in ("ok", "holding")],
            "error": parts.view.error or None,
        },
        "dead": await open_count(reader),
        "glpi": {"counts": await store_more.verdict_counts(reader)},
        "health": parts.health.answer(),
    }


async def readings(call: Call) -> Any:
    """GET /api/readings."""
    query: ReadingsQuery = call.query
    before = cursors.decode(query.cursor, int)
    held = None if query.quarantined is None else int(query.quarantined)
    rows = await store_printers.readings(
        call.parts.reader, query.printer_id, held, before[0] if before else None, query.limit + 1
    )
    return cursors.page(rows, query.limit, "id")


async def release(call: Call) -> Any:
    """POST /api/readings/{id}/release."""
    text = call.path["id"]
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise not_found("reading", text)
    outcome = await releasing.release(call.parts.database, int(text), call.who.name)
    if outcome is None:
        raise not_found("held reading", text)
    if outcome != "released":
        raise ProblemError(409, "not_releasable", "The reading cannot be released.", outcome)
    await store_more.note(call.parts.database, call.who.name, "reading.release", {"reading_id": int(text)})
    return {"id": int(text), "released": True}


async def audit(call: Call) -> Any:
    """GET /api/audit."""
    before = cursors.decode(call.query.cursor, int)
    rows = await store_more.audit(call.parts.reader, before[0] if before else None, call.query.limit + 1)
    return cursors.page(rows, call.query.limit, "id")


async def session(call: Call) -> Any:
    """GET /api/session: who the caller is, and the CSRF token that a page's POSTs must repeat."""
    return {
        "name": call.who.name,
        "role": call.who.role.name.lower(),
        "csrf": csrf_of(call.request) or None,
        "login_required": bool(call.parts.guard.tokens),
    }
