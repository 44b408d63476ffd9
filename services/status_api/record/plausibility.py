"""Is a reading plausible against the printer's last one that counted? Pure functions."""

from dataclasses import dataclass

from services.status_api.record.found import Found
from services.status_api.times import instant

_FALL = 0.10  # a total that falls by more than this share
_MEANT = ("color", "colour", "a3")  # counters that a device does not lose


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings: the window in hours, the jump in pages, and after how many days nothing is checked."""

    window_hours: float
    jump: int
    skip_days: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """The last reading that counted."""

    read_at: str
    serial: str | None
    total: int | None
    counters: dict[str, int]


def is_replaced(base: Baseline | None, serial: str | None) -> bool:
    """Another device answers at this address."""
    return base is not None and bool(base.serial) and bool(serial) and base.serial != serial


def implausible(base: Baseline | None, found: Found, read_at: str, limits: Limits) -> str | None:
    """Why the reading cannot be true, as a sentence; None where it is plausible or there is nothing to compare."""
    if base is None or is_replaced(base, found.serial):
        return None
    new = found.numbers
    if new == base.counters and found.total == base.total:
        return None
    age_h = (instant(read_at) - instant(base.read_at)).total_seconds() / 3600
    if age_h > limits.skip_days * 24 or age_h < 0:
        return None
    return _total(base.total, found.total, age_h, limits) or (_vanished(base.counters, new) if found.complete else None)


def _total(old: int | None, new: int | None, age_h: float, limits: Limits) -> str | None:
    if old is None or new is None:
        return None
    if new < old * (1 - _FALL):
        return f"The total fell from {old} to {new}, by more than {_FALL:.0%}."
    if new - old > limits.jump and age_h <= limits.window_hours:
        return f"The total rose from {old} to {new} in {age_h:.1f} h: more than {limits.jump} pages."
    return None


def _vanished(old: dict[str, int], new: dict[str, int]) -> str | None:
    gone = sorted(k for k, v in old.items() if v > 0 and not new.get(k) and k.lower().startswith(_MEANT))
    return f"Counters vanished: {', '.join(gone)}." if gone else None
