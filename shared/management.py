"""RabbitMQ's management HTTP API: a small client that tells its failures apart and caps what it reads."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

import aiohttp
import orjson
from yarl import URL

from shared.errors import BrokerRefusesLogin, BrokerUnavailable, PrintsweepError

_MAX_BODY = 32 * 1024 * 1024


class ManagementRefused(PrintsweepError):
    """RabbitMQ's management API refused a request."""


class ManagementMissing(PrintsweepError):
    """RabbitMQ's management API does not know this object."""


class Management:
    """One virtual host seen through the management API. `url` is http(s)://user:password@host:port.

    Raises BrokerUnavailable (no answer, an HTTP 5xx), BrokerRefusesLogin (401), ManagementMissing (404) and
    ManagementRefused (other 4xx, with RabbitMQ's reason).
    """

    def __init__(self, url: str, vhost: str = "/", *, timeout_s: float = 10.0) -> None:
        parts = urlsplit(url)
        self._base = f"{parts.scheme}://{parts.hostname}:{parts.port or 15672}"
        login = unquote(parts.username or "guest"), unquote(parts.password or "guest")
        self._headers = {"authorization": aiohttp.encode_basic_auth(*login)}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self.vhost = vhost
        self.quoted_vhost = quote(vhost, safe="")

    @property
    def base(self) -> str:
        """The address without credentials: safe to show."""
        return self._base

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str) -> Any:
        """GET /api/`path`, decoded. `{vhost}` in the path stands for the virtual host."""
        return await self._call("GET", path)

    async def put(self, path: str, body: Any) -> Any:
        """PUT /api/`path`."""
        return await self._call("PUT", path, body)

    async def post(self, path: str, body: Any) -> Any:
        """POST /api/`path`."""
        return await self._call("POST", path, body)

    async def delete(self, path: str) -> Any:
        """DELETE /api/`path`."""
        return await self._call("DELETE", path)

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        if self._session is None:
            raise RuntimeError("use `async with Management(...)`")
        url = f"{self._base}/api/{path.format(vhost=self.quoted_vhost)}"
        data = None if body is None else orjson.dumps(body)
        headers = {"content-type": "application/json"} if data is not None else {}
        try:
            # encoded=True: %2F in a path must stay as it is.
            async with self._session.request(method, URL(url, encoded=True), data=data, headers=headers) as answer:
                text = await answer.content.read(_MAX_BODY)
                return self._judge(method, path, answer.status, text)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise BrokerUnavailable(
                f"No answer from RabbitMQ's management API at {self._base} ({type(error).__name__}). Is it running, "
                "with the plugin rabbitmq_management, and is PRINTSWEEP_MANAGEMENT_URL right?"
            ) from error

    def _judge(self, method: str, path: str, status: int, text: bytes) -> Any:
        if status in (401, 403):
            raise BrokerRefusesLogin(
                f"RabbitMQ's management API at {self._base} answered {status} to {method} {path}: check the user name, "
                "its password and its tags in PRINTSWEEP_MANAGEMENT_URL."
            )
        if status == 404:
            raise ManagementMissing(f"{method} {path}")
        if status >= 500:
            raise BrokerUnavailable(f"RabbitMQ's management API answered {status} to {method} {path}.")
        if status >= 400:
            reason = text[:500].decode("utf-8", "replace")
            raise ManagementRefused(f"{method} {path}: {reason}")
        return orjson.loads(text) if text else None
