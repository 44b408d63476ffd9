"""Cursors: opaque to callers, a short JSON list of the last row's keys to us."""

import base64
import binascii
from typing import Any

import orjson

from services.status_api.api.problems import ProblemError


def encode(*keys: object) -> str:
    """The cursor after a row with these keys."""
    return base64.urlsafe_b64encode(orjson.dumps(keys)).rstrip(b"=").decode()


def decode(cursor: str | None, *types: type) -> tuple[Any, ...] | None:
    """The keys; None without a cursor. Raises ProblemError for one that we did not make."""
    if cursor is None:
        return None
    try:
        keys = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        keys = None
    if not isinstance(keys, list) or [type(key) for key in keys] != list(types) or any(map(_is_huge, keys)):
        raise ProblemError(400, "invalid_cursor", "The cursor is not one of ours.", "Begin without a cursor.")
    return tuple(keys)


def _is_huge(key: object) -> bool:
    return isinstance(key, int) and not -(2**63) <= key < 2**63


def page(items: list[dict[str, Any]], limit: int, *keys: str) -> dict[str, Any]:
    """{"items", "next"} from limit + 1 rows; `keys` name the row's fields that the cursor holds."""
    more = len(items) > limit
    items = items[:limit]
    return {"items": items, "next": encode(*(items[-1][k] for k in keys)) if more else None}
