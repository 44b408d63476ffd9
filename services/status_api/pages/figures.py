"""Figures as people read them: the filters of the templates."""

import math
import re
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

NONE = "–"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def count(value: object) -> str:
    """A whole number with groups of three: 17,972."""
    found = _number(value)
    return NONE if found is None else f"{round(found):,}"


def rate(value: object) -> str:
    """A number per second, short: 0, 0.4, 12, 1,204."""
    found = _number(value)
    if found is None:
        return NONE
    if found == 0:
        return "0"
    if found < 0.05:
        return "<0.1"
    return f"{found:.1f}" if found < 10 else f"{found:,.0f}"


_UNITS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))


def duration(seconds: object) -> str:
    """Seconds in at most two units: 0.4 s, 12 s, 3 min 20 s, 2 h, 5 d 3 h."""
    found = _number(seconds)
    if found is None:
        return NONE
    if 0 < found < 0.05:
        return "<0.1 s"
    if found < 60:
        return f"{found:.1f} s" if 0 < found < 9.95 else f"{found:.0f} s"
    for size, unit, small, small_unit in _UNITS:
        if found >= size:
            whole, rest = divmod(round(found / small) * small, size)
            tail = f" {rest // small} {small_unit}" if rest >= small else ""
            return f"{whole} {unit}{tail}"
    return NONE


def size(value: object) -> str:
    """Bytes: 512 B, 1.2 kB, 3.4 MB."""
    found = _number(value)
    if found is None:
        return NONE
    for unit in ("B", "kB", "MB", "GB"):
        if found < 1000 or unit == "GB":
            return f"{found:.0f} {unit}" if unit == "B" or found >= 100 else f"{found:.1f} {unit}"
        found /= 1000
    return NONE


def share(part: object, whole: object) -> float:
    """`part` of `whole` in percent, 0..100, for bars."""
    a, b = _number(part), _number(whole)
    if a is None or b is None or b <= 0:
        return 0.0
    return round(min(100.0, max(0.0, 100 * a / b)), 2)


def instant(value: object) -> datetime | None:
    """An ISO text of the API as an instant in UTC; None where it is none."""
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def when(value: object, style: str = "relative") -> Markup:
    """A <time>. Without JavaScript it shows UTC; with it, the viewer's time, relative or (`style` exact) as it is."""
    found = instant(value)
    if found is None:
        return Markup("<span class=muted>{}</span>").format(NONE)
    return Markup('<time datetime="{}" data-style="{}">{}</time>').format(
        found.isoformat().replace("+00:00", "Z"), style, found.strftime("%Y-%m-%d %H:%M:%S UTC")
    )


def plain(name: object) -> str:
    """A name of a MIB as words: wasteToner → waste toner, inputMediaSupplyEmpty → input media supply empty."""
    return _HUMP.sub(" ", str(name or "")).lower()


_LETTERS = {"black": "k", "cyan": "c", "magenta": "m", "yellow": "y", "photo black": "k", "matte black": "k"}
_TYPES = {
    "opc": "D", "drum": "D", "wastetoner": "W", "wasteink": "W", "waste": "W", "fuser": "F", "developer": "V",
    "transferunit": "T", "transfer": "T", "staples": "S", "maintenance": "X", "cleaner": "X",
}  # fmt: skip


def ink(supply: dict[str, Any]) -> str:
    """The class of a supply's colour: k, c, m, y, or o (other)."""
    color = str(supply.get("color") or "").strip().lower()
    if color in _LETTERS:
        return _LETTERS[color]
    return next((letter for name, letter in _LETTERS.items() if name in color), "o") if color else "o"


def letter(supply: dict[str, Any]) -> str:
    """The one letter under a supply's bar: K C M Y, D drum, W waste, F fuser, ..."""
    kind = str(supply.get("type") or "").lower().replace(" ", "").replace("-", "")
    for name, sign in _TYPES.items():
        if kind.startswith(name):
            return sign
    found = ink(supply)
    return found.upper() if found != "o" else "•"


def supply_name(supply: dict[str, Any]) -> str:
    """What a supply is called: its description, else its colour and type."""
    said = str(supply.get("description") or "").strip()
    return said or " ".join(str(supply.get(key)) for key in ("color", "type") if supply.get(key)) or "supply"


def ordered(supplies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Black, cyan, magenta, yellow first, then everything else in the device's order."""
    rank = {"K": 0, "C": 1, "M": 2, "Y": 3}
    return sorted(supplies, key=lambda supply: rank.get(letter(supply), 9))


FILTERS = {
    "count": count,
    "rate": rate,
    "duration": duration,
    "size": size,
    "share": share,
    "when": when,
    "ink": ink,
    "letter": letter,
    "plain": plain,
    "supply_name": supply_name,
    "ordered": ordered,
}
