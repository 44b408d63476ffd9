"""Slots on the local wall clock, over both changes of daylight saving time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.slots import MOST_MISSED, CronCalendar, IntervalCalendar, due, is_due

BERLIN = ZoneInfo("Europe/Berlin")
BEIRUT = ZoneInfo("Asia/Beirut")  # jumps over midnight
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # shifts by half an hour


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def after(calendar: IntervalCalendar | CronCalendar, begin: str, count: int) -> list[str]:
    found, at = [], utc(begin)
    for _ in range(count):
        at = calendar.next_after(at)
        found.append(at.strftime("%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("minutes", "begin", "expected"),
    [
        (60, "2026-06-01T10:20", ["01 11:00", "01 12:00"]),
        (60, "2026-06-01T11:00", ["01 12:00", "01 13:00"]),
        # Spring, 02:00 → 03:00 local at 01:00 UTC: every hour of real time still has its slot.
        (60, "2026-03-28T23:30", ["29 00:00", "29 01:00", "29 02:00"]),
        (360, "2026-03-28T22:00", ["28 23:00", "29 04:00", "29 10:00"]),  # 00, 06, 12 local
        (1440, "2026-03-28T00:00", ["28 23:00", "29 22:00", "30 22:00"]),  # local midnight
        (120, "2026-03-28T22:00", ["28 23:00", "29 01:00", "29 02:00", "29 04:00"]),  # 02:00 is jumped over: at 03:00
        # Autumn, 03:00 → 02:00 local at 01:00 UTC: the hour that comes twice has its slots twice.
        (60, "2026-10-24T23:30", ["25 00:00", "25 01:00", "25 02:00"]),
        (30, "2026-10-25T00:10", ["25 00:30", "25 01:00", "25 01:30", "25 02:00"]),
        (360, "2026-10-24T21:00", ["24 22:00", "25 05:00", "25 11:00"]),
        (1440, "2026-10-24T00:00", ["24 22:00", "25 23:00", "26 23:00"]),
    ],
)
def test_intervals_in_berlin(minutes: float, begin: str, expected: list[str]) -> None:
    assert after(IntervalCalendar(minutes * 60, BERLIN), begin, len(expected)) == expected


def test_a_midnight_that_does_not_exist_is_kept_at_the_jump() -> None:
    daily = IntervalCalendar(86_400, BEIRUT)
    # 2026-03-29 begins at 01:00 local, which is 2026-03-28 22:00 UTC.
    assert after(daily, "2026-03-27T00:00", 3) == ["27 22:00", "28 22:00", "29 21:00"]


@pytest.mark.parametrize(
    ("line", "begin", "expected"),
    [
        ("0 2 * * *", "2026-06-01T10:20", ["02 00:00", "03 00:00"]),
        ("30 2 * * *", "2026-03-28T12:00", ["29 01:00", "30 00:30"]),  # 02:30 does not exist: at the jump
        ("30 2 * * *", "2026-10-24T12:00", ["25 00:30", "26 01:30"]),  # comes twice: the first
        ("30 2 * * *", "2026-10-25T00:40", ["26 01:30"]),
        ("30 2 * * *", "2026-10-25T01:10", ["26 01:30"]),  # within the second 02:00 hour
        ("*/30 * * * *", "2026-10-25T00:10", ["25 00:30", "25 01:00", "25 01:30"]),
        ("0 8 * * MON", "2026-06-02T00:00", ["08 06:00"]),
    ],
)
def test_cron_in_berlin(line: str, begin: str, expected: list[str]) -> None:
    assert after(CronCalendar(line, BERLIN), begin, len(expected)) == expected


instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
steps = st.sampled_from([1, 30, 60, 420, 900, 2700, 3600, 5400, 7200, 21_600, 86_400, 100_000, 604_800])
zones = st.sampled_from([BERLIN, BEIRUT, LORD_HOWE, ZoneInfo("UTC"), ZoneInfo("Asia/Kolkata")])


@given(instants, steps, zones)
def test_next_and_latest_agree(at: datetime, step: int, zone: ZoneInfo) -> None:
    calendar = IntervalCalendar(step, zone)
    following, latest = calendar.next_after(at), calendar.latest(at)
    assert latest <= at < following
    assert calendar.latest(following) == following
    assert calendar.next_after(latest) == following
    assert calendar.latest(following - timedelta(milliseconds=1)) == latest
    # A change of one hour lengthens or shortens a gap by no more than that.
    assert following - latest <= timedelta(seconds=step) + timedelta(hours=1)


HOURLY = IntervalCalendar(3600, ZoneInfo("UTC"))


def test_nothing_is_due_before_the_next_slot() -> None:
    assert due(HOURLY, utc("2026-06-01T10:00"), utc("2026-06-01T10:59:59"), 30) is None


@pytest.mark.parametrize(
    ("now", "slot", "on_time", "missed"),
    [
        ("2026-06-01T11:00:00", "2026-06-01T11:00", True, 0),
        ("2026-06-01T11:00:12", "2026-06-01T11:00", True, 0),  # a standby took over
        ("2026-06-01T11:05:00", "2026-06-01T11:00", False, 1),
        ("2026-06-01T14:30:00", "2026-06-01T14:00", False, 4),
        ("2026-06-01T14:00:01", "2026-06-01T14:00", True, 3),  # back just in time: three were missed
    ],
)
def test_missed_slots_are_counted_and_one_is_due(now: str, slot: str, on_time: bool, missed: int) -> None:
    found = due(HOURLY, utc("2026-06-01T10:00"), utc(now), 30)
    assert found is not None
    assert (found.slot, found.on_time, found.missed) == (utc(slot), on_time, missed)


@pytest.mark.parametrize("calendar", [IntervalCalendar(60, BERLIN), CronCalendar("* * * * *", BERLIN)])
def test_a_long_absence_is_counted_only_so_far(calendar: IntervalCalendar | CronCalendar) -> None:
    found = due(calendar, utc("2025-06-01T10:00"), utc("2026-06-01T10:00:45"), 30)
    assert found is not None
    assert (found.slot, found.missed) == (utc("2026-06-01T10:00"), MOST_MISSED)


@pytest.mark.parametrize(
    ("last", "slot", "minutes", "expected"),
    [
        (None, "2026-06-01T10:00", 1440, True),
        ("2026-06-01T09:00", "2026-06-01T10:00", None, True),
        ("2026-06-01T09:00", "2026-06-01T10:00", 60, True),
        ("2026-06-01T09:00", "2026-06-01T10:00", 61, False),
        ("2026-06-01T09:00", "2026-06-01T11:00", 90, True),
        # Daily at local midnight: the day with 23 hours counts as a day.
        ("2026-03-28T23:00", "2026-03-29T22:00", 1440, True),
        ("2026-10-24T22:00", "2026-10-25T23:00", 1440, True),
        # Hourly over the hour that comes twice: real time counts, too.
        ("2026-10-25T00:00", "2026-10-25T01:00", 60, True),
    ],
)
def test_a_printer_with_its_own_interval(last: str | None, slot: str, minutes: int | None, expected: bool) -> None:
    own = minutes * 60 if minutes is not None else None
    assert is_due(utc(slot), utc(last) if last else None, own, BERLIN) is expected
