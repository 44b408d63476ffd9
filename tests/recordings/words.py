"""What counts as the same value, and how values are written in the report."""

import re
from dataclasses import dataclass
from typing import Any

# How GLPI Agent and others write a manufacturer → how a reading does, both in lower case.
MANUFACTURERS = {
    "hewlett-packard": "hp", "hp": "hp", "konica": "konica minolta", "oki": "oki", "fuji-xerox": "fujifilm",
}  # fmt: skip
_BRANDS = frozenset(
    ("hp", "brother", "canon", "dell", "fujifilm", "kyocera", "oki", "ricoh", "sharp", "xerox", "series")
)


AGENT, SOURCE = "GLPI Agent", "source"


@dataclass(frozen=True, slots=True)
class Claim:
    """One value of one field as somebody else reads it. `note` names a rule that holds for all recordings."""

    field: str
    by: str
    text: str
    agrees: bool
    note: str = ""


def same_model(one: str, other: str) -> bool:
    """The same words, without the brand."""
    return _words(one) == _words(other)


def _words(model: str) -> list[str]:
    return [word for word in re.split(r"[\s_]+", model.lower().strip()) if word and word not in _BRANDS]


def plain_serial(serial: str) -> str:
    """A serial number as it is compared."""
    return serial.strip().upper()


def amount(row: dict[str, Any], said: int) -> bool:
    """The same percentage; where level and maximum are told, rounded either way."""
    if row["level"] is not None and row["max"]:
        return bool(abs(100 * row["level"] / row["max"] - said) < 1)
    return row["percent"] is not None and bool(row["percent"] == said)


def in_words(row: dict[str, Any]) -> str:
    """A supply's or a tray's level as the report tells it."""
    told = row["state"] if row["percent"] is None else f"{row['percent']} %"
    if row["level"] is not None and (row["max"] is None or row["max"] != 100):
        told += f" ({row['level']} of {row['max'] if row['max'] is not None else '?'})"
    if row["percent"] is not None and row["state"] not in ("ok", "some"):
        told += f", {row['state']}"
    return told
