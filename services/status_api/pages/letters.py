"""A dead letter's body as text that can be read."""

import contextlib
import json
import unicodedata
from typing import Any

CAP = 64_000
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def pretty(body: Any) -> tuple[str, bool]:
    """The body indented where it is JSON, capped at 64,000 characters, and whether it was cut.

    What cannot be seen (control characters, overrides of the writing direction) is written as its code point: a
    person who decides about a letter must see what is really in it.
    """
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False) if body is not None else ""
    with contextlib.suppress(ValueError, RecursionError):  # not JSON: shown as it is
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return visible(text[:CAP]), len(text) > CAP


def visible(text: str) -> str:
    """`text` with every hidden character written as its code point."""
    return "".join(f"⟨U+{ord(c):04X}⟩" if c not in "\n\t" and unicodedata.category(c) in _HIDDEN else c for c in text)
