"""The one place that speaks HTTP with status_api: address, token, timeouts, and problems turned into sentences."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Coroutine, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

import aiohttp
import orjson
from yarl import URL

from cli.operator.errors import ApiMissing, ApiProblem, ApiRefused, ApiUnreachable, UsageError
from cli.operator.where import Where
from shared.text import clean

T = TypeVar("T")
MAX_ANSWER = 64 * 1024 * 1024
PAGE = 1000  # the most that one page of a list holds


class Api:
    """status_api at one address. An async context manager.

    Raises ApiUnreachable (no answer, or one that is not status_api's), ApiRefused (401, 403), ApiMissing (404) and
    ApiProblem (every other 4xx and 5xx, with the problem's own words).
    """

    def __init__(self, where: Where, *, timeout_s: float = 30.0) -> None:
        self._where = where
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def address(self) -> str:
        """The address, for people."""
        return self._where.api

    async def __aenter__(self) -> Self:
        headers = {"accept": "application/json"}
        if self._where.token:
            headers["authorization"] = f"Bearer {self._where.token}"
        timeout = aiohttp.ClientTimeout(total=self._timeout_s, sock_connect=5)
        self._session = aiohttp.ClientSession(headers=headers, timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, query: Mapping[str, Any] | None = None, *, wait_s: float = 0.0) -> Any:
        """GET /api/`path`. Query values of None are left out. `wait_s`: how long the API itself may take on purpose."""
        return await self._call("GET", path, query, None, {}, wait_s)

    async def post(self, path: str, body: Any, query: Mapping[str, Any] | None = None, *, wait_s: float = 0.0) -> Any:
        """POST /api/`path` with a JSON body, or with CSV where `body` is bytes; a repeat by a proxy acts once."""
        kind = "text/csv; charset=utf-8" if isinstance(body, bytes) else "application/json"
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {"content-type": kind, "idempotency-key": uuid.uuid4().hex}
        return await self._call("POST", path, query, data, headers, wait_s)

    async def pages(self, path: str, query: Mapping[str, Any], limit: int) -> AsyncIterator[Any]:
        """The pages of a list, as they come, up to `limit` items in all."""
        cursor, left = query.get("cursor"), limit
        while left > 0:
            page = await self.get(path, {**query, "limit": min(left, PAGE), "cursor": cursor})
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                self._nonsense("a list without items")
            yield page
            left -= len(page["items"])
            cursor = page.get("next")
            if not cursor or not page["items"]:
                return

    async def list(self, path: str, query: Mapping[str, Any], limit: int) -> dict[str, Any]:
        """Up to `limit` items of a list: {"items", "next"}."""
        items: list[Any] = []
        following = None
        async for page in self.pages(path, query, limit):
            items += page["items"]
            following = page.get("next")
        return {"items": items, "next": following}

    async def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        data: bytes | None,
        headers: dict[str, str],
        wait_s: float,
    ) -> Any:
        if self._session is None:
            raise RuntimeError("use `async with Api(...)`")
        url = URL(f"{self._where.api}/api/{path}", encoded=True)
        wanted = {k: _text(v) for k, v in (query or {}).items() if v is not None}
        timeout = aiohttp.ClientTimeout(total=self._timeout_s + wait_s, sock_connect=5)
        try:
            async with self._session.request(
                method, url, params=wanted, data=data, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                text = await _read(answer)
                return self._judge(answer, text)
        except TimeoutError as error:
            raise ApiUnreachable(
                f"The API at {self.address} did not answer in {timeout.total:.0f} s: it is overloaded or stuck. "
                "`printsweep logs status_api` says more."
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise ApiUnreachable(
                f"The API at {self.address} does not answer: is status_api running? (`printsweep status`) "
                f"The address comes from {self._where.api_from}. [{type(error).__name__}]"
            ) from error

    def _judge(self, answer: aiohttp.ClientResponse, text: bytes) -> Any:
        body = self._decode(answer, text)
        if answer.status < 300:
            return body
        problem = body if isinstance(body, dict) else {}
        sentence = _sentence(problem) or f"status {answer.status}"
        if answer.status in (401, 403):
            raise ApiRefused(
                f"The API at {self.address} refuses: {sentence} "
                f"{'The token was rejected' if self._where.token else 'No token was given'}: "
                "set PRINTSWEEP_TOKEN, or PRINTSWEEP_TOKEN_FILE, to a token with the role that this needs."
            )
        if answer.status == 404:
            raise ApiMissing(sentence)
        raise ApiProblem(f"{sentence} [{problem.get('code') or answer.status}]")

    def _decode(self, answer: aiohttp.ClientResponse, text: bytes) -> Any:
        if not text and answer.status < 300:
            return None
        if "json" not in answer.content_type:
            self._nonsense(f"status {answer.status} and {answer.content_type}")
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            self._nonsense(f"status {answer.status} and JSON that cannot be read")

    def _nonsense(self, what: str) -> NoReturn:
        raise ApiUnreachable(
            f"What answers at {self.address} is not printsweep's API: it sent {clean(what, 100)}. "
            f"The address comes from {self._where.api_from}."
        )


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    async for chunk in answer.content.iter_chunked(1 << 16):
        size += len(chunk)
        if size > MAX_ANSWER:
            raise ApiProblem(f"The answer is larger than {MAX_ANSWER // 1024 // 1024} MB: ask for less with --limit.")
        parts.append(chunk)
    return b"".join(parts)


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _sentence(problem: Mapping[str, Any]) -> str:
    """The words of an application/problem+json document (RFC 9457)."""
    title, detail = clean(problem.get("title") or "", 200), clean(problem.get("detail") or "", 1000)
    if detail and (not title or detail.startswith(title)):
        return detail
    return f"{title.rstrip('.')}. {detail}".strip() if title else detail


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine."""
    return asyncio.run(work)


def bounded(value: int, most: int, name: str) -> int:
    """`value`, which must be from 1 to `most`. Raises UsageError."""
    if not 1 <= value <= most:
        raise UsageError(f"{name} must be from 1 to {most:,}.")
    return value
