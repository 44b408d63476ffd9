"""Text from strangers as a person must see it: a dead letter's body, and what hides in any text."""

import contextlib
import json
import re
from typing import Any

from markupsafe import Markup

CAP = 64_000
# Controls (not tab and newline), overrides and isolates of the writing direction, invisible blanks.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def pretty(body: Any) -> tuple[str, bool]:
    """The body indented where it is JSON, capped at 64,000 characters, and whether it was cut."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False) if body is not None else ""
    with contextlib.suppress(ValueError, RecursionError):  # not JSON: shown as it is
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text[:CAP], len(text) > CAP


def visible(text: str) -> str:
    """`text` with every hidden character written as its code point: ⟨U+202E⟩."""
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def shown(value: object) -> object:
    """What a template puts out instead of `value` (Jinja's finalize): nothing hides in a page of ours."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
