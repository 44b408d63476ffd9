"""Sessions of pages: a cookie that scripts cannot read, and a CSRF token that every POST must repeat.

A page gets its CSRF token from `csrf_of(request)` (for a <meta name="csrf"> tag) or from GET /api/session, and sends
it in the header X-CSRF-Token. Without tokens configured there are no sessions: the origin check is the guard then.
"""

import secrets
import time
from dataclasses import dataclass

from aiohttp import web

from services.status_api.api.tokens import Who

COOKIE, HEADER = "printsweep_session", "X-CSRF-Token"
MAX_SESSIONS = 1000


@dataclass(frozen=True, slots=True)
class Session:
    """One login."""

    who: Who
    csrf: str
    ends: float  # monotonic


class Sessions:
    """The logins, in memory: a restart ends them."""

    def __init__(self, hours: float) -> None:
        self.seconds = hours * 3600
        self._sessions: dict[str, Session] = {}

    def begin(self, who: Who) -> str:
        """A new session; returns the cookie's value."""
        now = time.monotonic()
        self._sessions = {k: s for k, s in self._sessions.items() if s.ends > now}
        while len(self._sessions) >= MAX_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        key = secrets.token_urlsafe(32)
        self._sessions[key] = Session(who, secrets.token_urlsafe(32), now + self.seconds)
        return key

    def find(self, request: web.Request) -> Session | None:
        """The caller's session, if it has one that stands."""
        session = self._sessions.get(request.cookies.get(COOKIE, ""))
        return session if session and session.ends > time.monotonic() else None

    def end(self, request: web.Request) -> None:
        """Ends the caller's session."""
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)


def csrf_of(request: web.Request) -> str:
    """The CSRF token for the page that is being rendered; empty where none is needed."""
    session = request.get("session")
    return session.csrf if isinstance(session, Session) else ""
