"""One HTTP exchange with GLPI: bounded in time and size, every failure of the network named."""

import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp

from services.glpi_sync.client import answers, errors
from services.glpi_sync.client.access import GlpiAccess

_CHUNK = 65536
_KEEP_ALIVE = 4.0  # shorter than Apache's 5 s, or a connection would be used just as the server closes it


class Transport:
    """The connections to one GLPI. Redirects are not followed: they would carry the tokens elsewhere."""

    def __init__(self, access: GlpiAccess) -> None:
        self._access = access
        self._http: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Prepare the connection pool; must run inside the event loop."""
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(
                    total=self._access.call_timeout, sock_connect=self._access.connect_timeout
                ),
                connector=aiohttp.TCPConnector(limit=8, keepalive_timeout=_KEEP_ALIVE, ssl=self._access.tls()),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"App-Token": self._access.app_token, "Accept": "application/json"},
            )

    async def close(self) -> None:
        """Close all connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> answers.Answer:
        """One exchange; raises a GlpiError for everything that is not a good answer."""
        if self._http is None:
            raise errors.GlpiUnreachable("The client is closed.")
        limit = aiohttp.ClientTimeout(
            total=self._access.call_timeout if timeout is None else timeout, sock_connect=self._access.connect_timeout
        )
        try:
            async with self._http.request(
                method,
                f"{self._access.url}/{path}",
                params=params,
                json=json,
                headers=headers,
                allow_redirects=False,
                timeout=limit,
            ) as answer:
                raw = await self._read(answer)
        except TimeoutError:
            raise errors.GlpiTimeout(f"({method} {path}, {limit.total:g} s)") from None
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise errors.GlpiCertificateRejected(f"({type(error).__name__})") from None
        except (aiohttp.ClientError, OSError) as error:
            # The text of some of these holds the whole request: only the kind of error is passed on.
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            raise errors.GlpiUnreachable(f"({method} {path}: {reason})") from None
        return answers.read(answer.status, raw, answer.headers.get("Content-Range", ""))

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        """The body, up to the limit (counted after decompression)."""
        raw = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            raw += chunk
            if len(raw) > self._access.max_answer:
                answer.close()
                raise errors.GlpiAnswerTooLarge(f"(over {self._access.max_answer} bytes)")
        return bytes(raw)
