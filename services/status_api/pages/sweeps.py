"""The list of sweeps, and one sweep with its polls."""

from aiohttp import web

from services.status_api.pages.frame import Context, Page, Part
from services.status_api.pages.progress import progress
from services.status_api.pages.source import Source

LIMIT = 50
POLLS = 100
STATES = ("FAILED", "DEAD", "REFUSED", "EXPIRED", "IN_PROGRESS", "PENDING", "DONE")


async def _list(source: Source, request: web.Request) -> Context:
    items, following = await source.items("sweeps", limit=LIMIT, cursor=request.query.get("cursor"))
    return {"sweeps": [progress(item) for item in items], "next": following}


async def _sweep(source: Source, request: web.Request) -> Context:
    return {"sweep": progress(await source.get(f"sweeps/{request.match_info['id']}")), "is_alone": True}


async def _polls(source: Source, request: web.Request) -> Context:
    state = request.query.get("state", "FAILED")
    state = state if state in STATES else "FAILED"
    items, following = await source.items(
        "polls", sweep_id=request.match_info["id"], state=state, limit=POLLS, cursor=request.query.get("cursor")
    )
    return {"polls": items, "next": following, "state": state, "states": STATES}


PAGES = (
    Page(
        "/sweeps",
        "sweeps",
        "Sweeps",
        "sweeps/page.html",
        (Part("list", "sweeps/list.html", _list, (), 60),),  # its rows follow the events' own figures
    ),
    Page(
        r"/sweeps/{id:[A-Za-z0-9._:-]{1,64}}",
        "sweeps",
        "Sweep",
        "sweep/page.html",
        (
            Part("sweep", "sweep/progress.html", _sweep, (), 60),
            Part("polls", "sweep/polls.html", _polls, ("poll",), 60, gap_ms=5000),
        ),
    ),
)
