"""A page is a frame and parts: what they are, how they are rendered, whole or a part at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp_jinja2
import structlog
from aiohttp import web
from markupsafe import Markup

from services.status_api.pages.source import Problem, Source

log = structlog.get_logger(__name__)

Context = dict[str, Any]
Loader = Callable[[Source, web.Request], Awaitable[Context]]

# Nothing from elsewhere, nothing inline: what a device says can never become a program.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One block of a page. `load` reads what its template shows.

    `events` names the events of /api/events after which the browser asks for it again; `every_s` is how often it asks
    besides (0: never).
    """

    name: str
    template: str
    load: Loader
    events: tuple[str, ...] = ()
    every_s: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page: where it is, what it is called in the navigation, its frame and its parts."""

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
            raise web.HTTPNotFound(text=f"This page has no part {name[:40]!r}.")
        html, problem = await _rendered(part, request)
        return respond(html, status=problem.status if problem else 200)

    async def _whole(self, request: web.Request) -> web.Response:
        rendered = await asyncio.gather(*(_rendered(part, request) for part in self.parts))
        problems = [problem for _, problem in rendered if problem is not None]
        if any(problem.status == 401 for problem in problems):
            raise web.HTTPSeeOther(f"/login?next={quote(request.path_qs, safe='')}")
        parts = {part.name: html for part, (html, _) in zip(self.parts, rendered, strict=True)}
        context = {"page": self, "parts": parts, "title": self.title, "query": request.query}
        missing = any(problem.status == 404 for problem in problems)
        return respond(render(self.template, request, context), status=404 if missing else 200)


def render(template: str, request: web.Request, context: Context) -> Markup:
    """A template as markup."""
    return Markup(aiohttp_jinja2.render_string(template, request, context))  # noqa: S704 - autoescaped by Jinja


def respond(html: str, status: int = 200) -> web.Response:
    """An HTML answer with the pages' security headers."""
    return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)


async def _rendered(part: Part, request: web.Request) -> tuple[Markup, Problem | None]:
    problem: Problem | None = None
    try:
        context = await part.load(Source(request), request)
        inner = render(part.template, request, {"query": request.query, "path": request.path, **context})
    except Problem as error:
        problem = error
        log.info("pages.part_unread", part=part.name, status=error.status, title=error.title)
        inner = render("problem.html", request, {"problem": error})
    shell = {"part": part, "inner": inner}
    return render("part.html", request, shell), problem
