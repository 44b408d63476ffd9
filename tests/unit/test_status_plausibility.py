"""Which readings count and which are held back."""

from typing import Any

import pytest

from services.status_api.record.found import Found, found_in
from services.status_api.record.plausibility import Baseline, Limits, implausible, is_replaced
from services.status_api.record.results import Latest, Rows, add_reading
from services.status_api.record.valid import RESULT
from tests.support.status import reading, result

LIMITS = Limits(window_hours=24, jump=5000, skip_days=30)
DAY = "2026-11-{:02d}T10:00:00.000Z"


def base(total: int | None = 10_000, serial: str | None = "SN1", **counters: int) -> Baseline:
    return Baseline(DAY.format(1), serial, total, {"total": total or 0, **counters})


def found(total: int | None, **more: Any) -> Found:
    return found_in(RESULT.validate_python(result(1, "p", reading=reading(total, **more))))


@pytest.mark.parametrize(
    ("total", "day", "held"),
    [
        (10_000, 2, False),
        (9_000, 2, False),  # a fall of just 10 % is let through
        (8_999, 2, True),
        (0, 2, True),
        (15_000, 2, False),
        (15_001, 2, True),
        (15_001, 3, False),  # outside the window
        (1, 30, True),
        (None, 2, False),
    ],
)
def test_the_total(total: int | None, day: int, held: bool) -> None:
    assert (implausible(base(), found(total), DAY.format(day), LIMITS) is not None) is held


def test_nothing_is_checked_after_a_long_silence_or_backwards_or_the_first_time() -> None:
    assert implausible(base(), found(1), "2026-12-02T10:00:00.000Z", LIMITS) is None
    assert implausible(base(), found(1), "2026-10-30T10:00:00.000Z", LIMITS) is None
    assert implausible(None, found(1), DAY.format(2), LIMITS) is None


@pytest.mark.parametrize(
    ("old", "new", "complete", "held"),
    [
        ({"color": 50}, {"color": 51}, True, False),
        ({"color": 50}, {}, True, True),
        ({"color": 50}, {"color": 0}, True, True),
        ({"color": 50}, {}, False, False),  # what was not asked for has not vanished
        ({"color": 0}, {}, True, False),
        ({"a3": 5}, {}, True, True),
        ({"duplex": 5}, {}, True, False),
    ],
)
def test_counters_that_vanish(old: dict[str, int], new: dict[str, int], complete: bool, held: bool) -> None:
    why = implausible(base(**old), found(10_001, counters=new, complete=complete), DAY.format(2), LIMITS)
    assert (why is not None) is held


def test_another_serial_is_another_device() -> None:
    assert is_replaced(base(), "SN2")
    assert not is_replaced(base(), None)
    assert not is_replaced(base(serial=None), "SN2")
    assert implausible(base(), found(3, serial="SN2"), DAY.format(2), LIMITS) is None


def record(known: dict[int, Latest], *results: dict[str, Any]) -> Rows:
    rows = Rows()
    for raw in results:
        add_reading(rows, found_in(RESULT.validate_python(raw)), {1: ("10.0.0.1", 161)}, known, LIMITS)
    return rows


def test_a_held_reading_is_shown_but_the_total_stays() -> None:
    known: dict[int, Latest] = {}
    rows = record(
        known,
        result(1, "a", seconds=10, reading=reading(10_000)),
        result(1, "b", seconds=20, reading=reading(5)),
        result(1, "c", seconds=30, reading=reading(10_001)),
    )
    assert [r[-1] for r in rows.readings] == [False, True, False]
    assert [q[0] for q in rows.quarantine] == ["b"]
    base_after = known[1].base
    assert base_after is not None
    assert base_after.total == 10_001
    assert [e[2] for e in rows.events] == ["quarantined"]


def test_an_older_reading_changes_nothing_that_is_shown() -> None:
    known: dict[int, Latest] = {}
    rows = record(known, result(1, "b", seconds=20, reading=reading(200)), result(1, "a", seconds=10))
    assert len(rows.readings) == 2
    assert rows.latest[1][1] == "b"


@pytest.mark.parametrize("change", [{"address": "10.9.9.9"}, {"printer_id": 2}, {"port": 1161}])
def test_a_reading_of_another_place_is_held_back(change: dict[str, Any]) -> None:
    rows = record({}, result(1, "a") | change)
    assert rows.quarantine[0][3] == "unmatched"
    assert not rows.latest


def test_another_device_begins_a_new_baseline() -> None:
    known: dict[int, Latest] = {}
    rows = record(
        known,
        result(1, "a", seconds=10, reading=reading(90_000)),
        result(1, "b", seconds=20, reading=reading(12, serial="SN2")),
    )
    assert not rows.quarantine
    assert [e[2] for e in rows.events] == ["replaced"]


def test_supplies_and_alerts_are_logged_only_when_they_change() -> None:
    toner = {"index": "1.1", "type": "toner", "description": "Black", "max": 100, "state": "ok"}
    jam = {"code": "jam", "group": "mediaPath", "description": "Paper jam"}
    known: dict[int, Latest] = {}
    rows = record(
        known,
        result(1, "a", seconds=10, reading=reading(supplies=[toner | {"level": 50, "percent": 50}], alerts=[jam])),
        result(1, "b", seconds=20, reading=reading(supplies=[toner | {"level": 50, "percent": 50}], alerts=[jam, jam])),
        result(1, "c", seconds=30, reading=reading(supplies=[toner | {"level": 5, "percent": 5, "state": "low"}])),
    )
    assert [(s[1], s[6]) for s in rows.supplies] == [("1.1", 50), ("1.1", 5)]
    assert (len(rows.raised), len(rows.cleared)) == (1, 1)
    assert rows.latest[1][15:17] == (5, True)  # lowest percent, low


def test_control_characters_stay_out_of_the_lists() -> None:
    hostile = reading(serial="A\x00B\u202e\x1b[31m", identity={"serial": "A\x00B\u202eC", "model": "<b>\nX"})
    rows = record({}, result(1, "a", reading=hostile))
    assert rows.latest[1][4:6] == ("A B C", "<b> X")
