"""What GLPI knows: verdicts with their evidence, and passes."""

from aiohttp import web

from services.status_api.pages.frame import Context, Page, Part
from services.status_api.pages.source import Source
from services.status_api.pages.words import VERDICTS
from shared.words import GlpiVerdict

LIMIT = 100
PASSES = 8


async def _summary(source: Source, request: web.Request) -> Context:
    summary = await source.get("glpi/summary")
    counts = summary.get("counts") or {}
    return {
        "counts": [(name, int(counts.get(name) or 0)) for name in VERDICTS],
        "total": sum(int(counts.get(name) or 0) for name in VERDICTS),
        "chosen": request.query.get("verdict", ""),
    }


async def _verdicts(source: Source, request: web.Request) -> Context:
    chosen = request.query.get("verdict", "")
    chosen = chosen if chosen in set(GlpiVerdict) else ""
    items, following = await source.items(
        "glpi/verdicts", verdict=chosen, limit=LIMIT, cursor=request.query.get("cursor")
    )
    return {"verdicts": items, "next": following, "chosen": chosen}


async def _passes(source: Source, _: web.Request) -> Context:
    items, _next = await source.items("glpi/passes", limit=PASSES)
    return {"passes": items}


PAGES = (
    Page(
        "/glpi",
        "glpi",
        "GLPI",
        "glpi/page.html",
        (
            Part("summary", "glpi/summary.html", _summary, (), 30),
            Part("passes", "glpi/passes.html", _passes, (), 5),
            Part("verdicts", "glpi/verdicts.html", _verdicts, (), 30),
        ),
    ),
)
