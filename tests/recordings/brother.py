"""What bieniu/brother's tests expect of Brother's own counters and levels."""

import re
from collections.abc import Iterator
from typing import Any

from tests.recordings.library import Recording
from tests.recordings.words import Claim

_COUNTERS = {
    "page_counter": "total", "bw_counter": "mono", "color_counter": "color", "duplex_unit_pages_counter": "duplex",
    "drum_counter": "drum",
}  # fmt: skip
# The oldest devices do not say whether it is ink or toner.
_INK = ("toner", "tonerCartridge", "ink", "inkCartridge", None)
_PARTS = {
    "drum": ("opc",), "belt_unit": ("transferUnit",), "fuser": ("fuser",), "fuser_unit": ("fuser",),
    "laser_unit": ("laser unit",), "laser": ("laser unit",), "pf_kit_1": ("paper feeding kit 1",),
    "pf_kit_mp": ("paper feeding kit, multi-purpose tray",),
}  # fmt: skip
_KEY = re.compile(
    r"^(?:(?P<color>black|cyan|magenta|yellow)_)?(?P<part>toner|ink|drum|belt_unit|fuser_unit|fuser|laser_unit|laser|"
    r"pf_kit_1|pf_kit_mp)(?:_(?P<what>status|remaining|remaining_life|remaining_pages))?$"
)
_STATES = {1: ("ok", "some"), 2: ("low",), 3: ("empty",)}
STEP = 10  # the older records tell levels in steps of 10 %


def brother_claims(recording: Recording, reading: dict[str, Any]) -> Iterator[Claim]:
    """The values, each as a claim about a counter, a supply or the text on the panel."""
    for key, value in (recording.expected.get("values") or {}).items():
        if key == "status":
            shown = [line.lower() for line in reading["console"]]
            yield Claim("console", "source", str(value), " ".join(shown) == value or value in shown)
        elif key in _COUNTERS:
            ours = reading["counters"].get(_COUNTERS[key])
            yield Claim(f"counter {_COUNTERS[key]}", "source", str(value), ours is not None and ours["value"] == value)
        else:
            yield _of_supply(key, int(value), reading)


def _of_supply(key: str, value: int, reading: dict[str, Any]) -> Claim:
    found = _KEY.match(key)
    row = None if found is None else _row(found["part"], found["color"], reading)
    if found is None or row is None:
        return Claim(f"supply {key}", "source", str(value), agrees=False)
    return Claim(f"supply {row['index']}", "source", f"{key} {value}", _agrees(found["what"] or "", value, row))


def _row(part: str, color: str | None, reading: dict[str, Any]) -> dict[str, Any] | None:
    kinds = _INK if part in ("toner", "ink") else _PARTS[part]
    for row in reading["supplies"]:
        names = (row["type"], (row["description"] or "").lower())
        if any(name in kinds for name in names) and (color is None or row["color"] in (color, None)):
            return dict(row)
    return None


def _agrees(what: str, value: int, row: dict[str, Any]) -> bool:
    if what == "remaining_pages":
        return bool(row["level"] == value)
    if what == "status":
        return row["state"] in _STATES.get(value, ())
    if row["percent"] is None:
        return False
    return bool(abs(row["percent"] - value) < (STEP if what == "" else 1))
