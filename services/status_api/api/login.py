"""POST /login (a form, or JSON), POST /api/session (JSON), POST /logout: a token becomes a session cookie."""

from urllib.parse import urlsplit

import orjson
from aiohttp import web

from services.status_api.api.problems import ProblemError
from services.status_api.api.security import Guard
from services.status_api.api.sessions import COOKIE

_MAX = 4096


def local_path(target: str) -> str:
    """`target` where it is a path of ours, else "/"."""
    parts = urlsplit(target)
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and target.isprintable()
    return target if safe else "/"


def login_routes(guard: Guard) -> list[web.RouteDef]:
    """The two routes. A form is answered with a redirect, JSON with 204."""

    async def login(request: web.Request) -> web.StreamResponse:
        if (request.content_length or 0) > _MAX:
            raise ProblemError(413, "too_large", "The request is too large.")
        is_json = request.content_type == "application/json"
        if is_json:
            try:
                body = orjson.loads(await request.read())
            except orjson.JSONDecodeError as error:
                raise ProblemError(400, "malformed_json", "The body is not JSON.") from error
            fields = body if isinstance(body, dict) else {}
        else:
            fields = dict(await request.post())
        who = guard.tokens.who(str(fields.get("token", "")).strip()) if guard.tokens else None
        if who is None:
            if is_json:
                raise ProblemError(401, "not_authenticated", "This token is not known.")
            raise web.HTTPSeeOther("/login?wrong=1" if guard.tokens else "/")
        target = local_path(str(fields.get("next", "/")))
        answer = web.Response(status=204) if is_json else web.Response(status=303, headers={"location": target})
        answer.set_cookie(
            COOKIE,
            guard.sessions.begin(who),
            max_age=round(guard.sessions.seconds),
            httponly=True,
            samesite="Strict",
            secure=request.secure,
            path="/",
        )
        return answer

    async def logout(request: web.Request) -> web.StreamResponse:
        guard.sessions.end(request)
        answer = web.Response(status=303, headers={"location": "/login" if guard.tokens else "/"})
        answer.del_cookie(COOKIE, path="/")
        return answer

    return [web.post("/login", login), web.post("/api/session", login), web.post("/logout", logout)]
