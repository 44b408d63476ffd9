"""Warm readings are what cold ones are: every model, every version, and whatever changes between two polls."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lab.fleet.alerts import MAX_MANUAL
from lab.fleet.change import change
from lab.fleet.device import Device
from lab.fleet.fleet import Fleet
from lab.fleet.models import MODELS
from lab.fleet.settings import Settings
from services.collector.plans import layout as layouts
from services.collector.plans.alerts import REPETITIONS
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.plans.store import FILE, Store
from services.collector.read.printer import read
from services.collector.read.traits import Memory
from services.collector.read.walk import MOST_REPETITIONS
from services.collector.snmp.exchange import V1, V2C, Target
from services.collector.snmp.udp import UdpExchange
from shared.messages.readings import Reading

KEYS = [model.key for model in MODELS]
SETTLED = 4  # polls after which a printer is asked in its final way: the whole one, and three to find the size


class Rig:
    """A fleet of one printer of each model, and a reader with plans."""

    def __init__(self, fleet: Fleet, exchange: UdpExchange, plans: Plans | None = None) -> None:
        self.fleet, self.exchange = fleet, exchange
        self.plans = Plans() if plans is None else plans
        self.reader = Reader(exchange, self.plans)

    def the(self, key: str) -> Device:
        return next(d for d in self.fleet.devices if d.model.key == key)

    def target(self, device: Device, version: int | None = None) -> Target:
        chosen = (V2C if V2C in device.model.versions else V1) if version is None else version
        return Target(device.ip, self.fleet.port, chosen, b"public", 0.3, 2)

    async def warm(self, device: Device, version: int | None = None) -> dict[str, Any]:
        reading = await self.reader.read(self.target(device, version), time.monotonic() + 20)
        Reading.model_validate(reading)
        return reading

    async def cold(self, device: Device, version: int | None = None) -> dict[str, Any]:
        return await read(self.exchange, self.target(device, version), time.monotonic() + 20, Memory())

    async def settle(self, device: Device, version: int | None = None) -> dict[str, Any]:
        for _ in range(SETTLED):
            reading = await self.warm(device, version)
        return reading

    async def agree(self, device: Device, version: int | None = None) -> dict[str, Any]:
        """Warm, then cold: the same."""
        warm, cold = await self.warm(device, version), await self.cold(device, version)
        assert lasting(warm) == lasting(cold)
        assert list(warm) == list(cold)
        return warm


def lasting(reading: dict[str, Any]) -> dict[str, Any]:
    """A reading without what differs between any two polls."""
    left = {key: value for key, value in reading.items() if key not in ("pdus", "varbinds", "seconds")}
    up = reading["identity"]["uptime_s"]
    return left | {"identity": reading["identity"] | {"uptime_s": None if up is None else round(up / 1000)}}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with Fleet(Settings(printers=len(MODELS), paused=True)) as fleet, UdpExchange() as exchange:
        yield Rig(fleet, exchange)


@pytest.mark.parametrize("version", [V2C, V1])
@pytest.mark.parametrize("key", KEYS)
async def test_a_warm_reading_is_the_cold_one(rig: Rig, key: str, version: int) -> None:
    device = rig.the(key)
    if version not in device.model.versions:
        pytest.skip("the model does not speak this version")
    first = await rig.agree(device, version)
    settled = await rig.settle(device, version)
    assert settled["pdus"] < first["pdus"]
    assert settled["varbinds"] < first["varbinds"]
    alerts = len(settled["alerts"])
    # v1 has to walk where the MIB may end behind the table; v2c walks only what is there.
    of_alerts = (alerts + 2 if alerts else 1) if version == V1 else -(-(alerts + 1) // REPETITIONS) if alerts else 0
    assert settled["pdus"] <= 3 + of_alerts or rig.plans.traits((device.ip, rig.fleet.port, version)).most < 16
    await rig.agree(device, version)
    for _ in range(3):
        await rig.fleet.tick()
        await rig.agree(device, version)


async def test_alerts_that_come_and_go_leave_the_plan_as_it_is(rig: Rig) -> None:
    device = rig.the("xerox-color")
    quiet = await rig.settle(device)
    plan = rig.plans.get((device.ip, rig.fleet.port, V2C))
    assert plan is not None
    for count in (1, 3, 9, 0, 2):
        jams = [{"severity": 3, "group": 8, "code": 8, "description": f"Jam {n}"} for n in range(count)]
        change(device, {"alerts": jams}, 0)
        assert len((await rig.agree(device))["alerts"]) == len(quiet["alerts"]) + count
        await rig.fleet.tick()
    assert rig.plans.get((device.ip, rig.fleet.port, V2C)) is plan


async def test_many_alerts_take_few_requests(rig: Rig) -> None:
    device = rig.the("xerox-color")
    quiet = await rig.settle(device)
    jams = [{"severity": 3, "group": 8, "code": 8, "description": f"Jam {n}"} for n in range(MAX_MANUAL)]
    change(device, {"alerts": jams}, 0)
    reading = await rig.agree(device)
    assert len(reading["alerts"]) == len(quiet["alerts"]) + MAX_MANUAL
    # Four rows at first, eight, then ten in each.
    assert reading["pdus"] - quiet["pdus"] <= 2 + -(-(MAX_MANUAL - 12 + 1) // MOST_REPETITIONS)


async def test_printers_share_a_layout_whatever_the_numbers_of_their_alerts(rig: Rig) -> None:
    device = rig.the("xerox-color")
    found = set()
    for _ in range(5):
        change(device, {"alerts": [{"severity": 3, "group": 8, "code": 8, "description": "Jam"}]}, 0)
        await rig.reader.read(rig.target(device), time.monotonic() + 20, cold=True)
        change(device, {"alerts": []}, 0)  # the next one has the next number
        plan = rig.plans.get((device.ip, rig.fleet.port, V2C))
        assert plan is not None
        found.add(id(plan.layout))
    assert len(found) == 1


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("xerox-color", {"supplies": {"1.1": 0}}),
    ("xerox-color", {"alerts": [{"severity": 3, "group": 8, "code": 8, "description": "Jam"}]}),
    ("hp-laserjet", {"error_bits": 0x4000}),
    ("hp-laserjet", {"total": 999_999}),
    ("hp-laserjet", {"serial": "OTHER12345"}),
    ("kyocera-mono", {"config_changes": 77}),
    ("lexmark-mono", {"trays": {"1.1": 0}}),
    ("oki-color", {"oids": {"1.3.6.1.2.1.43.11.1.1.9.1.2": None}}),
    ("oki-color", {"oids": {"1.3.6.1.2.1.43.11.1.1.6.1.2": None}}),
    ("oki-color", {"oids": {"1.3.6.1.2.1.43.11.1.1.6.1.2": "Другой"}}),
    ("oki-color", {"oids": {"1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.11.2.3.9.1"}}),
    ("ricoh-a3-mfp", {"oids": {"1.3.6.1.2.1.43.16.5.1.2.1.1": "\u0007\u0000 "}}),
    ("ricoh-a3-mfp", {"oids": {"1.3.6.1.2.1.43.11.1.1.9.1.1": -3}}),
    ("ricoh-a3-mfp", {"behaviour": "reboot"}),
]


@pytest.mark.parametrize(("key", "wanted"), CHANGES)
async def test_what_changes_is_seen_at_once_and_when_it_changes_back(
    rig: Rig, key: str, wanted: dict[str, Any]
) -> None:
    device = rig.the(key)
    await rig.settle(device)
    before = lasting(await rig.agree(device))
    change(device, wanted, 0)
    changed = lasting(await rig.agree(device))
    await rig.agree(device)
    if "oids" in wanted:
        change(device, {"oids": {}}, 0)
    elif "alerts" in wanted:
        change(device, {"alerts": []}, 0)
    elif "supplies" in wanted:
        change(device, {"supplies": {"1.1": 50}}, 0)
    after = lasting(await rig.agree(device))
    if set(wanted) & {"oids", "serial", "alerts", "supplies", "trays", "total", "error_bits"}:
        assert changed != before
    if "alerts" in wanted or ("oids" in wanted and "43.11.1.1.6" not in str(wanted)):
        assert after == before
    await rig.agree(device)


async def test_a_row_that_comes_is_seen_without_any_sign(rig: Rig) -> None:
    device = rig.the("oki-color")
    row = "1.3.6.1.2.1.43.11.1.1.9.1.2"
    change(device, {"oids": {row: None}}, 0)
    await rig.settle(device)
    without = await rig.agree(device)
    change(device, {"oids": {}}, 0)
    assert len((await rig.agree(device))["supplies"]) == len(without["supplies"]) + 1


async def test_a_value_that_a_row_had_not_is_seen_when_it_comes(rig: Rig) -> None:
    device = rig.the("oki-color")
    change(device, {"oids": {"1.3.6.1.2.1.43.11.1.1.6.1.2": None}}, 0)
    await rig.settle(device)
    assert (await rig.agree(device))["supplies"][1]["description"] is None
    change(device, {"oids": {}}, 0)
    assert (await rig.agree(device))["supplies"][1]["description"]


async def test_a_plan_outlives_a_restart_and_is_dropped_by_another_program(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(rig.plans, tmp_path)
    await store.open()
    devices = [rig.the(key) for key in ("hp-laserjet", "pantum-mono", "ricoh-a3-mfp")]
    settled = [await rig.settle(device) for device in devices]
    await store.flush()
    await store.close()

    again = Rig(rig.fleet, rig.exchange)
    store = Store(again.plans, tmp_path)
    await store.open()
    assert len(again.plans) == len(devices)
    for device, before in zip(devices, settled, strict=True):
        reading = await again.agree(device)
        assert (reading["pdus"], reading["varbinds"]) == (before["pdus"], before["varbinds"])
    await store.close()

    monkeypatch.setattr("services.collector.plans.store.program", lambda: "another")
    empty = Plans()
    store = Store(empty, tmp_path)
    await store.open()
    assert len(empty) == 0
    await store.close()


async def test_collectors_of_one_machine_learn_from_each_other(rig: Rig, tmp_path: Path) -> None:
    one, other = Store(rig.plans, tmp_path), Store((reader := Rig(rig.fleet, rig.exchange)).plans, tmp_path)
    await one.open()
    await other.open()
    devices = [rig.the(key) for key in ("hp-laserjet", "pantum-mono", "ricoh-a3-mfp")]
    settled = [await rig.settle(device) for device in devices]
    await one.flush()
    await other.take_of_others()
    await one.take_of_others()
    assert len(reader.plans) == len(rig.plans) == len(devices)
    for device, before in zip(devices, settled, strict=True):
        assert (await reader.agree(device))["pdus"] == before["pdus"], "its first reading is a warm one"
    change(devices[0], {"behaviour": "reboot"}, 0)
    newer = await reader.settle(devices[0])
    await other.flush()
    await one.take_of_others()
    assert (await rig.agree(devices[0]))["pdus"] == newer["pdus"], "what is newer stands"
    await one.close()
    await other.close()


async def test_plans_of_others_are_taken_by_hundreds(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Store(rig.plans, tmp_path), Store(plans := Plans(), tmp_path)
    await one.open()
    await other.open()
    device = rig.the("hp-laserjet")
    await rig.settle(device)
    (entry,) = (e for key in list(rig.plans.dirty) if (e := rig.plans.entry(key)))
    assert entry.plan is not None
    for number in range(25):
        rig.plans.put((f"192.0.2.{number}", 161, V2C), entry.plan)
    await one.flush()
    monkeypatch.setattr("services.collector.plans.store.BATCH", 4)
    await other.take_of_others()
    assert len(plans) == 26
    await one.close()
    await other.close()


async def test_a_collector_of_another_version_leaves_the_file_alone(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Store(rig.plans, tmp_path)
    await old.open()
    monkeypatch.setattr("services.collector.plans.store.program", lambda: "the new one")
    new = Store(plans := Plans(), tmp_path)
    await new.open()
    await rig.settle(rig.the("hp-laserjet"))
    await old.flush()
    await new.take_of_others()
    assert len(plans) == 0
    await old.close()
    await new.close()


async def test_a_damaged_file_of_plans_is_made_anew(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 1000)
    store = Store(rig.plans, tmp_path)
    await store.open()
    device = rig.the("hp-laserjet")
    await rig.settle(device)
    await store.flush()
    await store.close()
    plans = Plans()
    store = Store(plans, tmp_path)
    await store.open()
    assert len(plans) == 1
    await store.close()


async def test_a_restart_of_the_printer_while_the_collector_was_down_is_seen(rig: Rig, tmp_path: Path) -> None:
    store = Store(rig.plans, tmp_path)
    await store.open()
    device = rig.the("hp-laserjet")
    settled = await rig.settle(device)
    await store.flush()
    await store.close()
    change(device, {"behaviour": "reboot"}, 0)
    again = Rig(rig.fleet, rig.exchange)
    store = Store(again.plans, tmp_path)
    await store.open()
    assert (await again.agree(device))["pdus"] > settled["pdus"]
    await store.close()


async def test_layouts_are_shared_and_the_number_of_plans_is_bounded() -> None:
    async with (
        Fleet(Settings(printers=12, models=("hp-laserjet",), paused=True)) as fleet,
        UdpExchange() as exchange,
    ):
        rig = Rig(fleet, exchange, Plans(most=8))
        for device in fleet.devices:
            await rig.warm(device)
        assert len(rig.plans) == 8
        kept = [rig.plans.get((device.ip, fleet.port, V2C)) for device in fleet.devices]
        assert kept[:4] == [None] * 4
        found = {id(plan.layout) for plan in kept if plan is not None}
        alike = {plan.layout for plan in kept if plan is not None}
        assert len(found) == len(alike)
        for one in alike:
            assert layouts.decoded(one.encoded()) == one


async def test_cold_asks_for_everything(rig: Rig) -> None:
    device = rig.the("hp-laserjet")
    settled = await rig.settle(device)
    target = rig.target(device)
    whole = await rig.reader.read(target, time.monotonic() + 20, cold=True)
    assert whole["varbinds"] > settled["varbinds"]
    never = Reader(rig.exchange, rig.plans, cold_hours=0)
    assert (await never.read(target, time.monotonic() + 20))["varbinds"] == whole["varbinds"]


async def test_a_printer_that_takes_no_large_requests_any_more_is_still_read(rig: Rig) -> None:
    device = rig.the("hp-laserjet")
    await rig.settle(device)
    limited = next(d for d in rig.fleet.devices if d.model.key == "pantum-mono")
    key = (limited.ip, rig.fleet.port, V2C)
    await rig.settle(limited)
    rig.plans.traits(key).varbinds = rig.plans.traits(key).most = 40  # as before an update of its firmware
    await rig.agree(limited)
    assert (await rig.settle(limited))["complete"]


async def test_dead_printers_are_told_so_and_garbage_is_no_reading(rig: Rig) -> None:
    device = rig.the("hp-laserjet")
    settled = await rig.settle(device)
    for behaviour in ("dead", "garbage", "truncate"):
        change(device, {"behaviour": behaviour}, 0)
        with pytest.raises(Exception, match="answer"):
            await rig.reader.read(rig.target(device), time.monotonic() + 3)
    change(device, {"behaviour": "lossy"}, 0)
    await rig.agree(device)
    change(device, {"behaviour": "ok"}, 0)
    assert (await rig.settle(device))["varbinds"] == settled["varbinds"]
