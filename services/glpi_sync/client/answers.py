"""From the bytes of an answer to what they mean. Status 200 proves nothing: JSON of the expected shape does.

What GLPI does (10.0.19 and 11.0.6): maintenance mode is a page with status 200; a lost database is a page with
status 200 (10) or 500 (11); an uncaught PHP error is status 200 with nothing (10); PHP's warnings may stand before
the JSON; an error is a list of code and text, with a status of 4xx that fits the code only loosely.
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from services.glpi_sync.client import errors
from shared.text import clean

SHOWN_TEXT = 160
MAX_PREAMBLE = 8192
"""How much text before the JSON is looked through for its beginning, in bytes."""

_RANGE = re.compile(r"^(\d+)-(-?\d+)/(\d+)$")
_PAGE = re.compile(rb"(?i)<(!doctype|html)")
_LAST_WORD = re.compile(rb"[\n>](true|false)\s*\Z")
_CODE = re.compile(r"^ERROR[A-Z_]*$")

# GLPI writes these two titles untranslated (Html::nullHeader); any other page stays "not JSON".
_TITLES: tuple[tuple[bytes, type[errors.GlpiError]], ...] = (
    (b"<title>maintenance mode", errors.GlpiMaintenance),
    (b"<title>mysql error", errors.GlpiDatabaseDown),
)

_CODES: dict[str, type[errors.GlpiError]] = {
    "ERROR_NOT_ALLOWED_IP": errors.GlpiIpNotAllowed,
    "ERROR_APP_TOKEN_PARAMETERS_MISSING": errors.GlpiAppTokenRejected,
    "ERROR_WRONG_APP_TOKEN_PARAMETER": errors.GlpiAppTokenRejected,
    "ERROR_LOGIN_PARAMETERS_MISSING": errors.GlpiBadCredentials,
    "ERROR_LOGIN_WITH_CREDENTIALS_DISABLED": errors.GlpiBadCredentials,
    "ERROR_GLPI_LOGIN": errors.GlpiBadCredentials,
    "ERROR_GLPI_LOGIN_USER_TOKEN": errors.GlpiBadCredentials,
    "ERROR_SESSION_TOKEN_INVALID": errors.GlpiSessionRejected,
    "ERROR_SESSION_TOKEN_MISSING": errors.GlpiSessionRejected,
    "ERROR_RIGHT_MISSING": errors.GlpiRightMissing,
    "ERROR_ITEM_NOT_FOUND": errors.GlpiItemMissing,
    # The list has become shorter than the page that was asked for.
    "ERROR_RANGE_EXCEED_TOTAL": errors.GlpiKeepsChanging,
    "ERROR_RESOURCE_MISSING": errors.GlpiWrongAddress,
    "ERROR_SQL": errors.GlpiServerFailed,
}
"""Error code to situation; every other code is a request that GLPI does not take."""


@dataclass(frozen=True)
class Answer:
    """A JSON answer that is no error."""

    body: Any
    status: int
    total: int | None = None  # rows there are in all, of the Content-Range header
    preamble: str = ""  # what stood before the JSON


def _json(raw: bytes) -> tuple[Any, bytes] | None:
    """The JSON value in `raw` and what stands before it; None when there is none."""
    stripped = raw.lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        return orjson.loads(stripped), b""
    except orjson.JSONDecodeError:
        if _PAGE.match(stripped):
            return None
    for match in list(re.finditer(rb"[\[{]", stripped[:MAX_PREAMBLE]))[:16]:
        try:
            return orjson.loads(stripped[match.start() :]), stripped[: match.start()]
        except orjson.JSONDecodeError:
            continue
    word = _LAST_WORD.search(stripped[-MAX_PREAMBLE:])
    return (word[1] == b"true", stripped[: -len(word[0])]) if word else None


def _page(status: int, raw: bytes) -> errors.GlpiError:
    """The situation that an answer without JSON stands for."""
    evidence = f"(status {status})"
    head = raw[:65536].lower()
    for title, situation in _TITLES:
        if title in head:
            return situation(evidence)
    if status >= 500 or status == 429:
        return errors.GlpiServerFailed(evidence)
    if status >= 300:
        return errors.GlpiWrongAddress(evidence)
    if not raw.strip():
        return errors.GlpiEmptyAnswer(evidence)
    beginning = clean(raw[:SHOWN_TEXT].decode("utf-8", "replace"), SHOWN_TEXT)
    return errors.GlpiNotJson(f"{evidence} It begins with: {beginning}")


def _refusal(status: int, body: list[Any]) -> errors.GlpiError:
    """The situation that an error answer `[code, text]` stands for."""
    code = body[0]
    text = body[1] if len(body) > 1 and isinstance(body[1], str) else ""
    # API switched off has no code of its own; unlike every other ERROR, its text does not end in a link.
    if code == "ERROR" and not text.endswith("#ERROR"):
        return errors.GlpiApiDisabled(f"(status {status})")
    situation = _CODES.get(code, errors.GlpiRequestRefused)
    return situation(f"(status {status}, {code}: {clean(text, SHOWN_TEXT)})")


def read(status: int, raw: bytes, content_range: str = "") -> Answer:
    """The answer in `raw`; raises the situation when it is an error, a page, or nothing."""
    found = _json(raw) if raw else None
    if found is None:
        raise _page(status, raw)
    body, before = found
    if isinstance(body, list) and body and isinstance(body[0], str) and _CODE.match(body[0]) and status != 207:
        raise _refusal(status, body)
    if not 200 <= status < 300:
        raise _page(status, b"")  # JSON, but not GLPI's: a proxy's
    match = _RANGE.match(content_range)
    total = int(match[3]) if match else None
    return Answer(body, status, total, clean(before.decode("utf-8", "replace"), SHOWN_TEXT))
