"""Slots: the instants at which rounds begin, in local time, over changes to and from daylight saving time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from cronsim import CronSim

MOST_MISSED = 1000  # counting missed slots ends here: after a year's absence nobody needs the exact number


class Calendar(Protocol):
    """A set of instants."""

    def next_after(self, instant: datetime) -> datetime:
        """The first slot later than `instant`."""

    def latest(self, instant: datetime) -> datetime:
        """The last slot not later than `instant`."""


class IntervalCalendar:
    """Slots at whole multiples of the interval on the local wall clock: 60 minutes means each full hour, 1440 means
    local midnight; an interval that does not divide the day counts from the wall clock's 1970.

    An hour that comes twice has its slots twice; where the clock jumps over a slot, the jump is the slot.
    """

    def __init__(self, interval_s: float, zone: ZoneInfo) -> None:
        self._step = max(1, round(interval_s * 1000))  # in milliseconds, as all numbers below
        self._zone = zone

    def next_after(self, instant: datetime) -> datetime:
        """See Calendar."""
        begin = _millis(instant)
        offset = self._offset(begin)
        candidate = begin - (begin + offset) % self._step + self._step
        if self._offset(candidate) == offset:
            return _instant(candidate)
        change = self._change(begin, candidate)
        if self._jumps_over(change):
            return _instant(change)
        if candidate < change:
            return _instant(candidate)
        return _instant(change + -(change + self._offset(change)) % self._step)

    def latest(self, instant: datetime) -> datetime:
        """See Calendar."""
        end = _millis(instant)
        offset = self._offset(end)
        candidate = end - (end + offset) % self._step
        if self._offset(candidate) == offset:
            return _instant(candidate)
        change = self._change(candidate, end)
        if self._jumps_over(change):
            return _instant(change)
        return self.latest(_instant(change - 1))

    def _offset(self, at: int) -> int:
        offset = _instant(at).astimezone(self._zone).utcoffset() or timedelta()
        return round(offset.total_seconds() * 1000)

    def _change(self, low: int, high: int) -> int:
        """The first instant in (low, high] with the offset of `high`, the offset changing once between them."""
        after = self._offset(high)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == after:
                high = middle
            else:
                low = middle
        return high

    def _jumps_over(self, change: int) -> bool:
        """The wall clock leaves out (or lands on) a multiple of the step."""
        before, after = change + self._offset(change - 1), change + self._offset(change)
        return after > before and after // self._step > (before - 1) // self._step


class CronCalendar:
    """Slots by a cron line in local time, with Debian cron's treatment of daylight saving time."""

    def __init__(self, line: str, zone: ZoneInfo) -> None:
        self._line, self._zone = line, zone

    def next_after(self, instant: datetime) -> datetime:
        """See Calendar. A line that never comes true is refused with the settings."""
        for found in CronSim(self._line, instant.astimezone(self._zone)):
            # In the hour that comes twice the iteration begins with the earlier of the two.
            if found.astimezone(UTC) > instant:
                return found.astimezone(UTC)
        return instant + timedelta(days=365 * 50)

    def latest(self, instant: datetime) -> datetime:
        """See Calendar."""
        begin = (instant + timedelta(seconds=1)).astimezone(self._zone)
        for found in CronSim(self._line, begin, reverse=True):
            if found.astimezone(UTC) <= instant:
                return found.astimezone(UTC)
        return instant - timedelta(days=365 * 50)


def calendar(cron: str, interval_s: float, zone: ZoneInfo) -> Calendar:
    """The calendar of the settings."""
    return CronCalendar(cron, zone) if cron else IntervalCalendar(interval_s, zone)


@dataclass(frozen=True, slots=True)
class Due:
    """A slot that must fire now. `missed` counts the slots that did not fire in time: this one too when it is late."""

    slot: datetime
    on_time: bool
    missed: int


def due(calendar: Calendar, last: datetime, now: datetime, tolerance_s: float) -> Due | None:
    """The slot that must fire now, the last one having been `last`; None while the next is still to come.

    However many were missed, one is made good: the latest.
    """
    slot, count = last, 0
    while count < MOST_MISSED and (following := calendar.next_after(slot)) <= now:
        slot, count = following, count + 1
    if count == 0:
        return None
    if count == MOST_MISSED:
        slot = max(slot, calendar.latest(now))
    on_time = (now - slot).total_seconds() <= tolerance_s
    return Due(slot, on_time, count - 1 if on_time else count)


def is_due(slot: datetime, last: datetime | None, interval_s: float | None, zone: ZoneInfo) -> bool:
    """Whether a printer with its own interval has its turn in `slot`; without one it has a turn in each.

    The interval counts as elapsed on the wall clock, too: "every 24 hours" must not skip the day that has only 23.
    """
    if last is None or interval_s is None:
        return True
    elapsed = (slot - last).total_seconds()
    wall = (slot.astimezone(zone).replace(tzinfo=None) - last.astimezone(zone).replace(tzinfo=None)).total_seconds()
    return max(elapsed, wall) >= interval_s - 1


def _millis(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _instant(millis: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
