"""The list of printers, and one printer with everything that is known of it."""

from typing import Any

from aiohttp import web

from services.status_api.api import cursors
from services.status_api.pages.frame import Context, Page, Part
from services.status_api.pages.source import Source

LIMIT = 100
FILTERS = ("q", "site", "state", "verdict", "tag", "low", "quarantined")
DAYS = (7, 30, 90, 365)


async def _list(source: Source, request: web.Request) -> Context:
    chosen = {name: request.query.get(name, "").strip() for name in FILTERS}
    items, following = await source.items("printers", limit=LIMIT, cursor=request.query.get("cursor"), **chosen)
    return {"printers": items, "next": following, "chosen": chosen}


async def _filter(source: Source, request: web.Request) -> Context:
    summary = await source.get("summary")
    return {"chosen": {name: request.query.get(name, "") for name in FILTERS}, "sites": _sites(summary)}


def _sites(summary: dict[str, Any]) -> list[str]:
    return sorted(str(site) for site in summary.get("sites") or ())


async def _printer(source: Source, request: web.Request) -> Context:
    printer = await source.get(f"printers/{number(request)}")
    return {"printer": printer, "reading": printer.get("reading") or {}}


async def _history(source: Source, request: web.Request) -> Context:
    wanted = request.query.get("days", "")
    days = int(wanted) if wanted.isdecimal() and int(wanted) in DAYS else 30
    history = await source.get(f"printers/{number(request)}/history", days=days)
    return {"history": history, "days": days, "choices": DAYS, "printer_id": number(request)}


async def _quarantined(source: Source, request: web.Request) -> Context:
    items, _next = await source.items("readings", printer_id=number(request), quarantined=1, limit=20)
    return {"readings": items}


async def _verdict(source: Source, request: web.Request) -> Context:
    # Verdicts are listed by printer: the first one after the printer before this one.
    items, _next = await source.items("glpi/verdicts", cursor=cursors.encode(number(request) - 1), limit=1)
    mine = [item for item in items if item.get("printer_id") == number(request)]
    return {"verdict": mine[0] if mine else None}


def number(request: web.Request) -> int:
    """The printer's id in the address."""
    return int(request.match_info["id"])


PAGES = (
    Page(
        "/printers",
        "printers",
        "Printers",
        "printers/page.html",
        (
            Part("filter", "printers/filter.html", _filter),
            Part("list", "printers/list.html", _list),
        ),
    ),
    Page(
        r"/printers/{id:\d{1,15}}",
        "printers",
        "Printer",
        "printer/page.html",
        (
            Part("quarantined", "printer/quarantined.html", _quarantined, ("poll",), 60),
            Part("printer", "printer/printer.html", _printer, ("poll",), 60),
            Part("history", "printer/history.html", _history, ("poll",), 0),
            Part("details", "printer/details.html", _printer, ("poll",), 60),
            Part("verdict", "printer/verdict.html", _verdict, (), 60),
        ),
    ),
)
