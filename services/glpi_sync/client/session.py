"""A GLPI session: login, all of the user's entities, renewal when it has expired, logout."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import structlog

from services.glpi_sync.client import errors
from services.glpi_sync.client.access import GlpiAccess
from services.glpi_sync.client.answers import Answer
from services.glpi_sync.client.transport import Transport

log = structlog.get_logger(__name__)

LOGOUT_TIMEOUT = 5.0
_RAW = {"X-GLPI-Sanitized-Content": "false"}
"""Makes GLPI 10 give & < > as they are; GLPI 11 does so anyway."""


class GlpiSession:
    """`async with GlpiSession(access) as glpi: await glpi.call("GET", "Printer", …)`.

    Safe for several calls at once. Every call raises a GlpiError when it has no good answer.
    """

    def __init__(self, access: GlpiAccess) -> None:
        self._access = access
        self._transport = Transport(access)
        self._token: str | None = None
        self._entering = asyncio.Lock()
        self.entities: frozenset[int] = frozenset()
        self.logins = 0

    async def __aenter__(self) -> Self:
        self._transport.open()
        try:
            await self._enter(None)
        except BaseException:
            await self._transport.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Log out and close; a logout that fails is only logged, GLPI clears idle sessions itself."""
        token, self._token = self._token, None
        try:
            if token is not None:
                await self._transport.call(
                    "GET", "killSession", headers={"Session-Token": token}, timeout=LOGOUT_TIMEOUT
                )
        except errors.GlpiError as error:
            log.info("glpi_logout_failed", error=str(error))
        finally:
            await self._transport.close()

    async def call(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Any = None
    ) -> Answer:
        """One call in the session. An expired session is renewed once; a new one that is refused is a fault."""
        for last in (False, True):
            token = self._token
            if token is None:
                token = await self._enter(None)
            headers = {"Session-Token": token, **_RAW}
            try:
                answer = await self._transport.call(method, path, params=params, json=json, headers=headers)
            except errors.GlpiSessionRejected:
                if last:
                    raise
                log.info("glpi_session_expired", path=path)
                await self._enter(token)
                continue
            if answer.preamble:
                log.warning("glpi_text_before_json", path=path, text=answer.preamble)
            return answer
        raise AssertionError("unreachable: the second round returns or raises")

    async def _enter(self, stale: str | None) -> str:
        """A new session in place of `stale`; the one that another call has just opened is taken over."""
        async with self._entering:
            if self._token is not None and self._token != stale:
                return self._token
            self._token = None
            token = await self._login()
            self.entities = await self._open_entities(token)
            self._token = token
            return token

    async def _login(self) -> str:
        authorization = {"Authorization": f"user_token {self._access.user_token}"}
        answer = await self._transport.call("GET", "initSession", headers=authorization)
        token = answer.body.get("session_token") if isinstance(answer.body, dict) else None
        # GLPI 11 fails with a page on a token that holds other characters than PHP's.
        if not isinstance(token, str) or not token.replace("-", "").replace(",", "").isalnum() or not token.isascii():
            raise errors.GlpiUnexpectedAnswer("(initSession gave no session token)")
        self.logins += 1
        return token

    async def _open_entities(self, token: str) -> frozenset[int]:
        """Widen the session from the user's default entity to all that the user may see; their ids.

        Without "entities_id" it means all of them. The word "all", which GLPI documents, means the root alone.
        """
        headers = {"Session-Token": token}
        opened = await self._transport.call(
            "POST", "changeActiveEntities", json={"is_recursive": True}, headers=headers
        )
        if opened.body is not True:
            raise errors.GlpiEntitiesRefused
        answer = await self._transport.call("GET", "getActiveEntities", headers=headers)
        active = answer.body.get("active_entity") if isinstance(answer.body, dict) else None
        rows = active.get("active_entities") if isinstance(active, dict) else None
        if isinstance(rows, dict):  # PHP writes a list with gaps as an object
            rows = list(rows.values())
        if not isinstance(rows, list):
            raise errors.GlpiUnexpectedAnswer("(getActiveEntities gave no entities)")
        found = frozenset(row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), int))
        if not found:
            raise errors.GlpiEntitiesRefused
        return found
