"""The login page, for installations with tokens."""

from aiohttp import web

from services.status_api.pages.frame import render, respond


async def show(request: web.Request) -> web.Response:
    """The form. The token goes to the API, which answers with a session cookie."""
    wanted = request.query.get("next", "/")
    # Only a path of this site: "//elsewhere" and "/\\elsewhere" are addresses of other hosts.
    is_local = wanted.startswith("/") and wanted[1:2] not in ("/", "\\")
    return respond(render("login.html", request, {"next": wanted if is_local else "/", "title": "Sign in"}))
