"""The overview: is it healthy, what runs, what waits, what failed."""

from typing import Any

from aiohttp import web

from services.status_api.pages.frame import Context, Page, Part
from services.status_api.pages.progress import progress
from services.status_api.pages.source import ProblemError, Source

RECENT = 24
LOW, LOOKED_AT = 10, 200
# Queues that are shown only when something lies in them or is wrong with them.
QUIET = ("retry.", "dead.", "expired.", "unroutable", "reply.", "scheduler.leader")


async def _health(source: Source, _: web.Request) -> Context:
    return {"health": await source.get("health")}


async def _figures(source: Source, _: web.Request) -> Context:
    return {"summary": await source.get("summary")}


async def _sweep(source: Source, _: web.Request) -> Context:
    return {"sweep": await latest(source)}


async def latest(source: Source) -> dict[str, Any] | None:
    """The running or the latest sweep with its progress; None before the first. Raises ProblemError."""
    try:
        return progress(await source.get("sweeps/latest"))
    except ProblemError as error:
        if error.problem.status == 404:
            return None
        raise


async def _recent(source: Source, _: web.Request) -> Context:
    items, _next = await source.items("sweeps", limit=RECENT)
    sweeps = [progress(item) for item in reversed(items)]
    return {"sweeps": sweeps, "tallest": max((sweep["planned"] or 0 for sweep in sweeps), default=0) or 1}


async def _queues(source: Source, request: web.Request) -> Context:
    items, _next = await source.items("queues")
    shows_all = request.query.get("queues") == "all"
    shown = [queue for queue in items if shows_all or not _is_quiet(queue)]
    return {"queues": shown, "hidden": len(items) - len(shown), "shows_all": shows_all}


def _is_quiet(queue: dict[str, Any]) -> bool:
    return queue["state"] in ("ok", "unknown") and not queue["messages"] and queue["name"].startswith(QUIET)


async def _services(source: Source, _: web.Request) -> Context:
    items, _next = await source.items("services")
    return {"services": items}


async def _low(source: Source, _: web.Request) -> Context:
    items, _next = await source.items("printers", low=1, limit=LOOKED_AT)
    # None: what is low tells no percentage. It may be empty, so it comes first.
    items.sort(key=lambda printer: printer.get("lowest_percent") or 0)
    return {"printers": items[:LOW]}


PAGES = (
    Page(
        "/",
        "overview",
        "Overview",
        "overview/page.html",
        (
            Part("health", "overview/health.html", _health, ("health",), 30),
            Part("figures", "overview/figures.html", _figures, ("sweep", "health"), 30, gap_ms=5000),
            Part("sweep", "sweep/progress.html", _sweep, (), 60),  # follows the event's own figures
            Part("recent", "overview/recent.html", _recent, ("sweep",), 60, gap_ms=5000),
            Part("queues", "overview/queues.html", _queues, ("queues",), 30),
            Part("services", "overview/services.html", _services, ("services",), 30),
            Part("low", "overview/low.html", _low, (), 60),
        ),
    ),
)
