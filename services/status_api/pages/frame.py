"""A page is a frame and parts: what they are, how they are rendered, whole or a part at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp_jinja2
import structlog
from aiohttp import web
from markupsafe import Markup

from services.status_api.api.sessions import csrf_of
from services.status_api.api.tokens import Role
from services.status_api.pages.source import Problem, ProblemError, Source

log = structlog.get_logger(__name__)

Context = dict[str, Any]
Loader = Callable[[Source, web.Request], Awaitable[Context]]

# Nothing from elsewhere, nothing inline: what a device says can never become a program.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Part:
    """One block of a page. `load` reads what its template shows.

    `events` names the events of /api/events after which the browser asks for it again; `every_s` is how often it asks
    besides (0: never), `gap_ms` the least time between two askings.
    """

    name: str
    template: str
    load: Loader
    events: tuple[str, ...] = ()
    every_s: int = 0
    gap_ms: int = 2000


@dataclass(frozen=True, slots=True)
class Page:
    """One page: where it is, its section in the navigation, its title, its frame and its parts."""

    path: str
    section: str
    title: str
    template: str
    parts: tuple[Part, ...]

    async def handle(self, request: web.Request) -> web.Response:
        """The page, or with ?part=<name> that part alone."""
        name = request.query.get("part")
        if name is None:
            return await self._whole(request)
        part = next((part for part in self.parts if part.name == name), None)
        if part is None:
            raise web.HTTPNotFound
        html, problem = await _rendered(part, request)
        return respond(html, status=problem.status if problem else 200)

    async def _whole(self, request: web.Request) -> web.Response:
        rendered = await asyncio.gather(*(_rendered(part, request) for part in self.parts))
        who = request["who"]
        context = {
            "page": self,
            "title": self.title,
            "query": request.query,
            "csrf": csrf_of(request),
            "who": who if "session" in request else None,
            "may_act": who.role >= Role.OPERATOR,
            "parts": {part.name: html for part, (html, _) in zip(self.parts, rendered, strict=True)},
        }
        missing = next((problem for _, problem in rendered if problem is not None and problem.status == 404), None)
        if missing is not None:
            return respond(render("missing.html", request, context | {"problem": missing}), status=404)
        return respond(render(self.template, request, context))


def render(template: str, request: web.Request, context: Context) -> Markup:
    """A template as markup."""
    return Markup(aiohttp_jinja2.render_string(template, request, context))  # noqa: S704 - autoescaped by Jinja


def respond(html: str, status: int = 200) -> web.Response:
    """An HTML answer with the pages' headers."""
    return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)


async def _rendered(part: Part, request: web.Request) -> tuple[Markup, Problem | None]:
    problem: Problem | None = None
    context: Context = {"query": request.query, "path": request.path, "may_act": request["who"].role >= Role.OPERATOR}
    try:
        inner = render(part.template, request, context | await part.load(Source(request), request))
    except ProblemError as error:
        problem = error.problem
        log.info("pages.part_unread", part=part.name, status=problem.status, title=problem.title)
        inner = render("problem.html", request, {"problem": problem})
    return render("part.html", request, {"part": part, "inner": inner}), problem
