"""Text comparison as MariaDB's utf8mb4_unicode_ci does it: blind to case, accents and (for `=`) trailing blanks."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """`text` without case and accents, as LIKE sees it."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


@lru_cache(maxsize=65536)
def equality_key(text: str) -> str:
    """Two texts are `=` exactly when their keys are the same (PAD SPACE)."""
    return folded(text).rstrip(" ")


def like(pattern: str) -> Callable[[str], bool]:
    """A LIKE test where only `%` is a wildcard: GLPI escapes `_`."""
    parts = [folded(part) for part in pattern.split("%")]
    match parts:
        case [whole]:
            return lambda text: folded(text) == whole
        case [beginning, ""]:
            return lambda text: folded(text).startswith(beginning)
        case ["", end]:
            return lambda text: folded(text).endswith(end)
        case ["", middle, ""]:
            return lambda text: middle in folded(text)
    compiled = re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)
    return lambda text: compiled.fullmatch(folded(text)) is not None


def contains(value: str) -> Callable[[str | None], bool]:
    """GLPI's `contains`: `^` and `$` anchor, `NULL` is null or empty, `^$` is null, a lone `^` is not null."""
    value = value.strip()
    if value in {"NULL", "null"}:
        return lambda text: not text
    if value in {"^$", "$"}:
        return lambda text: text is None
    pattern = value[1:].strip() if value.startswith("^") else f"%{value}"
    pattern = pattern[:-1].strip() if pattern.endswith("$") else f"{pattern}%"
    test = like(pattern)
    return lambda text: text is not None and test(text)
