"""What the pages show comes from the operator's HTTP API, asked over the very address the browser came in by.

So a page sees what its viewer may see (the cookie goes along), and there is one meaning of every figure.
"""

from typing import Any

import aiohttp
import orjson
from aiohttp import web

TIMEOUT_S = 20.0
MAX_BYTES = 16_000_000
_FORWARDED = ("Cookie", "Authorization", "Host")

SESSION: web.AppKey[aiohttp.ClientSession] = web.AppKey("pages_session", aiohttp.ClientSession)


class Problem(Exception):
    """The API could not answer. `status` is its HTTP status, `title` and `detail` are sentences for people."""

    def __init__(self, status: int, title: str, detail: str = "") -> None:
        super().__init__(title)
        self.status, self.title, self.detail = status, title, detail


class Source:
    """Reads the API for one request of a browser."""

    def __init__(self, request: web.Request) -> None:
        self._session = request.app[SESSION]
        self._headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        self._base = _own_address(request)

    async def get(self, path: str, **query: str | int | None) -> Any:
        """The JSON at /api/`path`; empty query values are left out. Raises Problem."""
        wanted = {name: str(value) for name, value in query.items() if value not in (None, "")}
        try:
            async with self._session.get(
                f"{self._base}/api/{path}", params=wanted, headers=self._headers, allow_redirects=False
            ) as answer:
                body = await _read(answer)
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Problem(502, "The API did not answer.", type(error).__name__) from error
        found = _decoded(body)
        if status >= 300 or found is None:
            said = found if isinstance(found, dict) else {}
            raise Problem(status, str(said.get("title") or f"The API answered {status}."), str(said.get("detail") or ""))
        return found

    async def items(self, path: str, **query: str | int | None) -> tuple[list[dict[str, Any]], str | None]:
        """A list of the API and its cursor for what follows, null at the end. Raises Problem."""
        found = await self.get(path, **query)
        if isinstance(found, list):
            return found, None
        return list(found.get("items") or []), found.get("next")


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise Problem(502, "The API's answer is too long.", f"It has more than {MAX_BYTES} bytes.")
    return bytes(body)


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _own_address(request: web.Request) -> str:
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    if not name:
        raise Problem(499, "The browser has gone.")
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}"


async def session(app: web.Application) -> Any:
    """A cleanup context: the connections to the API live as long as the application."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    connector = aiohttp.TCPConnector(limit=32)
    # DummyCookieJar: one viewer's cookie must never be kept for the next.
    async with aiohttp.ClientSession(timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as made:
        app[SESSION] = made
        yield
