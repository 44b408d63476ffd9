"""Is a reading plausible against the printer's last one that counted? Pure functions."""

from dataclasses import dataclass

from services.status_api.times import instant
from shared.messages.readings import Reading

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


def numbers(reading: Reading) -> dict[str, int]:
    """The counters without their sources."""
    return {key: counter.value for key, counter in reading.counters.items()}


def is_replaced(base: Baseline | None, serial: str | None) -> bool:
    """Another device answers at this address."""
    return base is not None and bool(base.serial) and bool(serial) and base.serial != serial


def implausible(base: Baseline | None, reading: Reading, read_at: str, limits: Limits) -> str | None:
    """Why the reading cannot be true, as a sentence; None where it is plausible or there is nothing to compare."""
    if base is None or is_replaced(base, reading.identity.serial):
        return None
    age_h = (instant(read_at) - instant(base.read_at)).total_seconds() / 3600
    if age_h > limits.skip_days * 24 or age_h < 0:
        return None
    new = numbers(reading)
    return _total(base.total, new.get("total"), age_h, limits) or (
        _vanished(base.counters, new) if reading.complete else None
    )


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
