"""The login page, for installations with tokens: a plain form, which POST /login of the API takes."""

from aiohttp import web

from services.status_api.api.login import local_path
from services.status_api.pages.frame import render, respond


async def show(request: web.Request) -> web.Response:
    """The form."""
    context = {"next": local_path(request.query.get("next", "/")), "is_wrong": "wrong" in request.query}
    return respond(render("login.html", request, context))
