"""Who may call: Host and Origin checked always; tokens or sessions where a file of tokens is configured."""

import hmac
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.status_api.api.problems import ProblemError
from services.status_api.api.sessions import HEADER, Sessions
from services.status_api.api.tokens import Role, Tokens, Who
from shared.errors import SettingsInvalid
from shared.text import clean

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# Reached without a login: the signs of life, and the login itself.
_OPEN = ("/livez", "/readyz", "/login", "/static/", "/favicon.ico")
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Whether an address or name reaches this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_binding(host: str, tokens: Tokens) -> None:
    """Raises SettingsInvalid where the API would stand open to the network."""
    if not is_loopback(host) and not tokens:
        raise SettingsInvalid(
            f"PRINTSWEEP_STATUS_API_HOST is {clean(host, 80)}, which others can reach, and there are no tokens: name a "
            "file in PRINTSWEEP_STATUS_API_TOKENS_FILE, or listen on 127.0.0.1."
        )


def _host_of(netloc: str) -> str:
    try:
        return (urlsplit(f"//{netloc}").hostname or "").lower()
    except ValueError:
        return ""


class Guard:
    """The checks before every request."""

    def __init__(self, bound_to: str, hosts: Iterable[str], tokens: Tokens, sessions: Sessions) -> None:
        self._hosts = {*LOOPBACK_NAMES, *hosts, bound_to.lower()} - {"0.0.0.0", "::"}  # noqa: S104 - taken out
        self.tokens, self.sessions = tokens, sessions

    def check_host(self, request: web.Request) -> None:
        """403 for a name that is not ours: another site's page must not reach us by pointing its name here."""
        host = _host_of(request.headers.get("Host", ""))
        if host not in self._hosts:
            raise ProblemError(
                403,
                "host_not_allowed",
                f"The API is not called {clean(host, 80) or 'nothing'} here.",
                "Add the name to PRINTSWEEP_STATUS_API_HOSTS if it is right.",
            )

    def check_origin(self, request: web.Request) -> None:
        """403 for another site's page."""
        origin = request.headers.get("Origin")
        if origin is None:
            return
        try:
            parts = urlsplit(origin)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or parts.netloc.lower() != request.headers.get("Host", "").lower():
            raise ProblemError(403, "origin_not_allowed", "Requests from another site's page are not taken.")

    def authenticate(self, request: web.Request) -> Who | None:
        """The caller; None for a stranger. A session's POST must repeat its CSRF token."""
        if not self.tokens:
            return Who("local", Role.ADMIN)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.tokens.who(token.strip())
        session = self.sessions.find(request)
        if session is None:
            return None
        request["session"] = session
        if request.method not in ("GET", "HEAD") and not hmac.compare_digest(
            request.headers.get(HEADER, "").encode(), session.csrf.encode()
        ):
            raise ProblemError(
                403, "csrf_token_missing", "The page's CSRF token is missing or old.", "Load the page again."
            )
        return session.who

    def middleware(self) -> Middleware:
        """The guard as aiohttp's middleware."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.check_host(request)
            self.check_origin(request)
            is_open = request.path.startswith(_OPEN)
            is_login = request.path == "/login" or (request.path == "/api/session" and request.method == "POST")
            who = None if is_login else self.authenticate(request)
            if who is None and not is_open and not is_login:
                if request.method == "GET" and not request.path.startswith(("/api/", "/metrics")):
                    raise web.HTTPSeeOther(f"/login?next={request.rel_url.raw_path}")
                raise ProblemError(
                    401, "not_authenticated", "A token is needed.", "Send Authorization: Bearer <token>, or log in."
                )
            request["who"] = who or Who("nobody", Role.NOBODY)
            return await handler(request)

        return guard


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Security headers on every answer (aiohttp's on_response_prepare)."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if response.content_type in ("application/json", "application/problem+json"):
        response.headers.setdefault("Cache-Control", "no-store")
