"""The HTTP calls of the demo: status_api, and the control of the simulators."""

import asyncio
import time
from typing import Any

import aiohttp

from cli.local.errors import LocalError

_LOOK_S = 0.2
_MOST_PRINTERS = 50_000


class DemoCallError(LocalError):
    """A program of the demo did not answer as it should."""


class Caller:
    """JSON over HTTP with loopback programs. Raises DemoCallError with the address and what came back."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def ask(self, method: str, url: str, **options: Any) -> tuple[int, Any]:
        """One request; its status and decoded answer. Raises DemoCallError only where nothing answers."""
        try:
            async with self._session.request(method, url, **options) as answer:
                if "json" in answer.content_type:
                    return answer.status, await answer.json(content_type=None)
                return answer.status, await answer.text()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise DemoCallError(f"{method} {url}: {type(error).__name__}: {error}") from error

    async def call(self, method: str, url: str, **options: Any) -> Any:
        """One request; the decoded answer."""
        status, body = await self.ask(method, url, **options)
        if status >= 400:
            raise DemoCallError(f"{method} {url} was answered with {status}: {str(body)[:500]}")
        return body

    async def call_until(self, deadline_s: float, method: str, url: str, **options: Any) -> Any:
        """The same, asked again while the answer is 503 (a service behind it is not there yet), for `deadline_s`."""
        deadline = time.monotonic() + deadline_s
        while True:
            status, body = await self.ask(method, url, **options)
            if status < 400:
                return body
            if status != 503 or time.monotonic() > deadline:
                raise DemoCallError(f"{method} {url} was answered with {status}: {str(body)[:500]}")
            await asyncio.sleep(_LOOK_S)

    async def text(self, url: str) -> str:
        """GET a text."""
        try:
            async with self._session.get(url) as answer:
                answer.raise_for_status()
                return await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DemoCallError(f"GET {url}: {type(error).__name__}: {error}") from error

    async def printers(self, api: str) -> list[dict[str, Any]]:
        """All printers with their latest readings, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while len(found) < _MOST_PRINTERS:
            query = {"limit": "500", **({"cursor": cursor} if cursor else {})}
            page = await self.call("GET", f"{api}/api/printers", params=query)
            found += page["items"]
            cursor = page.get("next")
            if not cursor:
                break
        return found
