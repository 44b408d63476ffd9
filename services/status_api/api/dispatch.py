"""From a row of the table to an aiohttp handler: role, query, body, idempotency, answer."""

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from services.status_api.api import store_idempotency
from services.status_api.api.problems import ProblemError, json_body, of_validation
from services.status_api.api.route import Call, Reply, Route

if TYPE_CHECKING:
    from services.status_api.parts import Parts

_MAX_KEY = 64
_MAX_LOCKS = 1000


class Dispatch:
    """Makes handlers. Two requests with one idempotency key wait for each other."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    def route(self, route: Route) -> web.RouteDef:
        """The aiohttp route for a row."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._handle(route, request)

        return web.route(route.method, route.path, handle)

    async def _handle(self, route: Route, request: web.Request) -> web.StreamResponse:
        who = request["who"]
        if who.role < route.role:
            raise ProblemError(
                403, "not_permitted", f"This needs the role {route.role.name.lower()}.", f"You are {who.name}."
            )
        call = Call(self._parts, request, who)
        if route.query is not None:
            call.query = _query(route, request)
        raw = await _read(route, request)
        if route.body is not None:
            call.body = _body(route, raw)
        elif route.takes != "application/json":
            call.body = raw
        if not route.idempotent:
            return _respond(route, await route.handler(call))
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return _respond(route, await route.handler(call))
        if not 1 <= len(key) <= _MAX_KEY or not key.isprintable():
            raise ProblemError(400, "invalid_idempotency_key", f"Idempotency-Key must have 1 to {_MAX_KEY} characters.")
        return await self._once(route, call, key, raw)

    async def _once(self, route: Route, call: Call, key: str, raw: bytes) -> web.StreamResponse:
        stored_as = hashlib.sha256(f"{call.who.name}\n{key}".encode()).hexdigest()
        digest = hashlib.sha256(f"{route.method} {call.request.path_qs}\n".encode() + raw).hexdigest()
        call.idempotency_key = stored_as[:48]
        lock = self._acquire(stored_as)
        try:
            async with lock:
                found = await store_idempotency.find(self._parts.database, stored_as)
                if found is not None:
                    if found[0] != digest:
                        raise ProblemError(
                            409,
                            "idempotency_key_reused",
                            "This Idempotency-Key was used for another request.",
                            "Use a fresh key for every request.",
                        )
                    return _json(found[2].encode(), found[1], {"idempotent-replay": "true"})
                answer = _respond(route, await route.handler(call))
                if isinstance(answer, web.Response) and isinstance(answer.body, bytes):
                    await store_idempotency.store(
                        self._parts.database, stored_as, digest, answer.status, answer.body.decode()
                    )
                return answer
        finally:
            self._release(stored_as)

    def _acquire(self, key: str) -> asyncio.Lock:
        if key not in self._locks and len(self._locks) >= _MAX_LOCKS:
            raise ProblemError(503, "too_many_waiting", "Too many requests are under way.")
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = lock, users + 1
        return lock

    def _release(self, key: str) -> None:
        lock, users = self._locks[key]
        if users <= 1:
            del self._locks[key]
        else:
            self._locks[key] = lock, users - 1


def _query(route: Route, request: web.Request) -> Any:
    assert route.query is not None  # noqa: S101 - for the type checker
    twice = sorted({k for k in request.query if len(request.query.getall(k)) > 1})
    if twice:
        raise ProblemError(400, "invalid_query", f"{twice[0][:60]} is given twice.")
    try:
        # An empty parameter (a form's field left blank) is one that was not given.
        return route.query.model_validate({k: v for k, v in request.query.items() if v != ""})
    except ValidationError as error:
        raise of_validation(error, "query") from error


async def _read(route: Route, request: web.Request) -> bytes:
    if request.method == "GET":
        return b""
    too_large = ProblemError(413, "too_large", f"The body may have {route.max_body} bytes.")
    if (request.content_length or 0) > route.max_body:
        raise too_large
    raw = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        raw += chunk
        if len(raw) > route.max_body:
            raise too_large
    if raw and request.content_type != route.takes:
        raise ProblemError(415, "unsupported_media_type", f"The body must be {route.takes}.")
    return bytes(raw)


def _body(route: Route, raw: bytes) -> Any:
    assert route.body is not None  # noqa: S101 - for the type checker
    try:
        return route.body.model_validate(json_body(raw) if raw.strip() else {})
    except ValidationError as error:
        raise of_validation(error, "body") from error


def _respond(route: Route, answer: Any) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    if isinstance(answer, Reply):
        return _json(orjson.dumps(answer.body), answer.status)
    return _json(orjson.dumps(answer), route.status)


def _json(body: bytes, status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
