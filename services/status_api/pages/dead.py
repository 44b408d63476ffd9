"""Dead letters: in groups, in a list, one with its headers and body."""

from aiohttp import web

from services.status_api.pages.frame import Context, Page, Part
from services.status_api.pages.letters import pretty
from services.status_api.pages.source import Source

LIMIT = 100
FILTERS = ("queue", "kind", "reason", "error", "printer_id", "state")


async def _groups(source: Source, _: web.Request) -> Context:
    items, _next = await source.items("dead/groups")
    return {"groups": items}


async def _list(source: Source, request: web.Request) -> Context:
    chosen = {name: request.query.get(name, "").strip() for name in FILTERS}
    items, following = await source.items("dead", limit=LIMIT, cursor=request.query.get("cursor"), **chosen)
    return {"letters": items, "next": following, "chosen": chosen}


async def _letter(source: Source, request: web.Request) -> Context:
    letter = await source.get(f"dead/{request.match_info['id']}")
    text, is_cut = pretty(letter.get("body"))
    headers = letter.get("headers")
    return {"letter": letter, "body": text, "is_cut": is_cut, "headers": headers if isinstance(headers, dict) else {}}


PAGES = (
    Page(
        "/dead",
        "dead",
        "Dead letters",
        "dead/page.html",
        (
            Part("groups", "dead/groups.html", _groups, (), 20),
            Part("list", "dead/list.html", _list, (), 20),
        ),
    ),
    Page(
        r"/dead/{id:[A-Za-z0-9._:-]{1,64}}",
        "dead",
        "Dead letter",
        "letter/page.html",
        (Part("letter", "letter/letter.html", _letter, (), 30),),
    ),
)
