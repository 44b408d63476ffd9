"""Text from strangers: made safe for logs, terminals, databases and pages, and capped."""

import unicodedata

_UNSAFE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(value: object, limit: int = 255) -> str:
    """`value` as one line of printable text of at most `limit` characters.

    Control, format (bidi overrides among them), surrogate and unassigned characters become blanks; runs of blanks
    become one.
    """
    text = str(value)[: limit * 4]
    if not text.isprintable():  # most texts are: the loop is for the rest
        text = "".join(" " if unicodedata.category(c) in _UNSAFE_CATEGORIES else c for c in text)
    return " ".join(text.split())[:limit]
