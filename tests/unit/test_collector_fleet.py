"""Whole printers over UDP: what is read is what the simulated device holds, for every model and flaw."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lab.fleet.change import change
from lab.fleet.device import Device
from lab.fleet.fleet import Fleet
from lab.fleet.models import MODELS
from lab.fleet.report import describe
from lab.fleet.settings import Settings
from services.collector.mib import names
from services.collector.read.printer import read
from services.collector.read.traits import Memory
from services.collector.snmp.errors import BudgetSpent, NoAnswer, Nonsense
from services.collector.snmp.exchange import V1, V2C, Target
from services.collector.snmp.udp import UdpExchange
from shared.messages.readings import Reading

KEYS = [model.key for model in MODELS]


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(Settings(printers=len(MODELS), paused=True)) as made:
        yield made


@pytest.fixture
async def exchange() -> AsyncIterator[UdpExchange]:
    async with UdpExchange() as made:
        yield made


def target(device: Device, fleet: Fleet, **more: Any) -> Target:
    version = V2C if 1 in device.model.versions else V1
    values = {"timeout_s": 0.3, "retries": 2, "version": version, "community": b"public"} | more
    return Target(device.ip, fleet.port, **values)


async def read_it(exchange: UdpExchange, aim: Target, budget: float = 20.0, memory: Memory | None = None) -> Any:
    reading = await read(exchange, aim, time.monotonic() + budget, memory or Memory())
    Reading.model_validate(reading)
    return reading


def the(fleet: Fleet, key: str) -> Device:
    return next(d for d in fleet.devices if d.model.key == key)


@pytest.mark.parametrize("key", KEYS)
async def test_what_is_read_is_what_the_device_holds(fleet: Fleet, exchange: UdpExchange, key: str) -> None:
    device = the(fleet, key)
    held = describe(device, fleet.port)
    reading = await read_it(exchange, target(device, fleet))
    assert reading["complete"], reading["missing"]
    identity = reading["identity"]
    assert identity["serial"] == device.serial
    assert identity["model"] == device.model.name
    assert identity["name"] == device.name
    assert identity["mac"] == held["mac"]
    assert identity["sys_object_id"] == device.model.object_id
    assert identity["manufacturer"].lower() in device.model.manufacturer.lower()
    assert all(candidate["value"] == device.serial for candidate in identity["serials"])
    counters = reading["counters"]
    standard = counters.get("marker_1") or counters.get("total")  # where the maker's own total stands before it
    assert (standard and standard["value"]) == held["total"]
    if standard:
        assert standard["oid"].startswith("1.3.6.1.2.1.43.10.2.1.4.")
    assert [s["index"] for s in reading["supplies"]] == [s["index"] for s in held["supplies"]]
    for found, there in zip(reading["supplies"], held["supplies"], strict=True):
        assert found["level"] == (there["level"] if there["level"] >= 0 else None)
        assert found["max"] == (there["max"] if there["max"] >= 0 else None)
        assert found["type"] == names.SUPPLY_TYPES[there["type"]]
        assert there["color"] in (found["color"], None), "without a colorant the name may tell the color"
        assert found["description"] == there["description"].strip("\x00")
        if there["level"] == -3:
            assert found["state"] == "some" or found["oid"].startswith("1.3.6.1.4.1.")
        if there["level"] >= 0 and there["max"] > 0:
            assert abs(found["percent"] - 100 * there["level"] / there["max"]) <= 0.5
    assert [t["name"] for t in reading["trays"]] == [t["name"] for t in held["trays"]] or not device.model.printer_mib
    assert device.asked.polls == 1


@pytest.mark.parametrize("key", KEYS)
async def test_v1_reads_the_same(fleet: Fleet, exchange: UdpExchange, key: str) -> None:
    device = the(fleet, key)
    memory = Memory()
    reading = await read_it(exchange, target(device, fleet, version=V1), memory=memory)
    assert reading["complete"], reading["missing"]
    assert reading["identity"]["serial"] == device.serial
    assert len(reading["supplies"]) == len(device.model.supplies) * device.model.printer_mib
    again = await read_it(exchange, target(device, fleet, version=V1), memory=memory)
    assert again["pdus"] <= reading["pdus"], "names that v1 refused must not be asked again"


async def test_small_agents_are_asked_less_the_second_time(fleet: Fleet, exchange: UdpExchange) -> None:
    for key in ("pantum-mono", "samsung-mono"):
        device = the(fleet, key)
        memory = Memory()
        await read_it(exchange, target(device, fleet), memory=memory)
        assert memory.of(device.ip, fleet.port, V2C).varbinds <= device.model.most_varbinds
        before = device.asked.datagrams
        again = await read_it(exchange, target(device, fleet), memory=memory)
        assert again["complete"]
        assert device.asked.datagrams - before == again["pdus"], "the second time nothing is asked in vain"


async def test_a_lossy_printer_is_read_whole(fleet: Fleet, exchange: UdpExchange) -> None:
    for key in ("ricoh-a3-mfp", "canon-mono"):
        device = the(fleet, key)
        change(device, {"behaviour": "lossy"}, 0)
        reading = await read_it(exchange, target(device, fleet))
        assert reading["complete"]
        assert reading["identity"]["serial"] == device.serial
        assert device.asked.polls == 1


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [("dead", NoAnswer), ("wrong_source", NoAnswer), ("garbage", Nonsense), ("truncate", Nonsense)],
)
async def test_what_cannot_be_read_fails_with_its_name(
    fleet: Fleet, exchange: UdpExchange, behaviour: str, error: type[Exception]
) -> None:
    device = fleet.devices[0]
    change(device, {"behaviour": behaviour}, 0)
    with pytest.raises(error) as caught:
        await read_it(exchange, target(device, fleet))
    assert type(caught.value) is error
    assert "public" not in str(caught.value)


async def test_a_spent_budget_is_an_error_before_and_a_partial_reading_after_the_first_answer(
    fleet: Fleet, exchange: UdpExchange
) -> None:
    device = fleet.devices[1]
    with pytest.raises(BudgetSpent):
        await read_it(exchange, target(device, fleet), budget=0.0)
    change(device, {"behaviour": "slow"}, 0)  # 0.4 s for each answer
    reading = await read_it(exchange, target(device, fleet, timeout_s=5.0), budget=1.0)
    assert not reading["complete"]
    assert reading["identity"]["name"] == device.name
    assert {"supplies", "trays"} <= set(reading["missing"])


async def test_texts_of_all_languages_arrive(fleet: Fleet, exchange: UdpExchange) -> None:
    descriptions = []
    for key in ("ricoh-a3-mfp", "oki-color", "lexmark-mono"):
        reading = await read_it(exchange, target(the(fleet, key), fleet))
        descriptions += [supply["description"] for supply in reading["supplies"]]
    assert {"黑色碳粉", "Чёрный тонер", "Schwarze Druckkassette für große Mengen"} <= set(descriptions)


async def test_alerts_and_error_bits_are_named(fleet: Fleet, exchange: UdpExchange) -> None:
    device = the(fleet, "xerox-color")
    change(device, {"supplies": {"1.1": 0}}, 0)
    reading = await read_it(exchange, target(device, fleet))
    assert "noToner" in reading["status"]["errors"]
    assert reading["status"]["device"] == "down"
    (alert,) = [a for a in reading["alerts"] if a["code"] == "markerTonerEmpty"]
    assert alert["severity"] == "critical"
    assert alert["group"] == "markerSupplies"
    assert alert["location"] is None
    assert reading["supplies"][0]["state"] == "empty"


async def run_reader(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services.collector.read", "--timeout", "0.3", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_one_printer_is_read_from_the_command_line(fleet: Fleet) -> None:
    device = fleet.devices[0]
    status, out, err = await run_reader(device.ip, "--port", str(fleet.port))
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert (document.pop("address"), document["identity"]["serial"]) == (device.ip, device.serial)
    Reading.model_validate(document)
    change(device, {"behaviour": "dead"}, 0)
    status, out, err = await run_reader(device.ip, "--port", str(fleet.port))
    assert (status, out) == (1, "")
    assert "The printer does not answer." in err
