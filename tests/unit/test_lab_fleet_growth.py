"""What time does to the devices: counters rise, supplies fall, alerts and error bits follow, supplies are replaced."""

from itertools import pairwise

import pytest

from lab.fleet import Settings
from lab.fleet.alerts import refresh
from lab.fleet.device import Device
from lab.fleet.fleet import make_devices
from lab.fleet.growth import TICKS_EMPTY, tick
from lab.fleet.models import MODELS
from lab.fleet.values import NUMBERS, OCTETS_OF

LOW_TONER, NO_TONER, NO_PAPER = 0x20, 0x10, 0x40


def device_of(key: str) -> Device:
    return make_devices(Settings(printers=1, models=(key,)))[0]


def codes(device: Device) -> list[int]:
    return [row.code for row in device.alerts.values()]


def state(device: Device) -> int:
    return OCTETS_OF["error_state"](device, "")[0]


@pytest.mark.parametrize("key", [model.key for model in MODELS])
def test_counters_only_rise(key: str) -> None:
    device = device_of(key)
    seen = [device.counters()]
    for number in range(1, 200):
        tick(device, number)
        seen.append(device.counters())
    for before, after in pairwise(seen):
        assert all(after[name] >= before[name] for name in before)
    assert seen[-1]["total"] > seen[0]["total"]
    assert seen[-1]["mono"] + seen[-1]["color"] == seen[-1]["total"]


def test_growth_follows_from_the_seed() -> None:
    first, second = (make_devices(Settings(printers=40, seed=9)) for _ in range(2))
    for number in range(1, 60):
        for device in (*first, *second):
            tick(device, number)
    assert [(device.counters(), device.levels) for device in first] == [
        (device.counters(), device.levels) for device in second
    ]


def test_a_low_supply_raises_a_warning_and_an_empty_one_stops_the_printer_until_it_is_replaced() -> None:
    device = device_of("kyocera-mono")
    device.levels[0] = 1100.0
    refresh(device)
    assert (codes(device), state(device)) == ([1104], LOW_TONER)
    assert NUMBERS["device_status"](device, "") == 3
    device.levels[0] = 0.0
    refresh(device)
    assert (codes(device), state(device)) == ([1101], NO_TONER)
    assert [NUMBERS[source](device, "") for source in ("device_status", "printer_status")] == [5, 1]
    total = device.total
    for number in range(1, TICKS_EMPTY + 1):
        tick(device, number)
        assert (device.total, device.level(0)) == (total, 0)
    tick(device, TICKS_EMPTY + 1)
    assert device.level(0) == device.model.supplies[0].size
    assert (codes(device), state(device)) == ([], 0)


def test_supplies_run_down_and_are_replaced_over_time() -> None:
    device = device_of("xerox-press")
    seen = set()
    for number in range(1, 3000):
        tick(device, number)
        seen.update(codes(device))
        assert all(0 <= device.level(at) <= row.size for at, row in enumerate(device.model.supplies))
    assert {1104, 1101, 808} <= seen


def test_an_alert_keeps_its_index_and_its_rows_follow_it() -> None:
    device = device_of("xerox-color")
    device.levels[1] = 10.0
    refresh(device)
    first = next(iter(device.alerts.values()))
    device.levels[2] = 0.0
    refresh(device)
    assert next(iter(device.alerts.values())) == first
    assert [cell[0][-1] for cell in device.alert_cells[:2]] == [first.index, first.index + 1]
    assert len(device.alert_cells) == 16
    device.levels[1] = 9000.0
    refresh(device)
    assert {cell[0][-1] for cell in device.alert_cells} == {first.index + 1}


def test_an_empty_tray_is_told_and_filled() -> None:
    device = device_of("kyocera-mono")
    device.tray_levels[1] = 0
    refresh(device)
    assert (codes(device), state(device)) == ([808], NO_PAPER)
    assert NUMBERS["tray_status"](device, "1") == 17
    tick(device, 1)
    tick(device, 2)
    assert device.tray_levels[1] > 400


def test_a_change_drops_the_remembered_answers() -> None:
    device = device_of("kyocera-mono")
    device.cache[b"x"] = (b"", b"", (), False, True)
    device.total += 1
    refresh(device)
    assert not device.cache
