"""Query strings as PHP reads them: `criteria[0][field]=5` becomes nested dictionaries, 1000 variables at most."""

import re
from typing import Any
from urllib.parse import parse_qsl

MAX_INPUT_VARS = 1000
"""PHP's max_input_vars: what comes after it is cut off without a word."""

_KEY = re.compile(r"[^\[\]]+")


def parse_query(query: str) -> dict[str, Any]:
    """The variables of `query`; lists stay dictionaries keyed by their index, as in PHP."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True)[:MAX_INPUT_VARS]:
        keys = _KEY.findall(name)
        if not keys:
            continue
        place = found
        for key in keys[:-1]:
            inner = place.get(key)
            if not isinstance(inner, dict):
                inner = place[key] = {}
            place = inner
        last = keys[-1]
        if name.endswith("[]"):
            inner = place.setdefault(last, {})
            inner[str(len(inner))] = value
        else:
            place[last] = value
    return found


def listed(value: object) -> list[Any]:
    """A PHP array (dictionary or list) as a list; anything else is empty."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def truthy(value: object, *, default: bool) -> bool:
    """A flag of the API: `0`, `false` and the empty text are false."""
    if value is None:
        return default
    return str(value).lower() not in {"", "0", "false"}
