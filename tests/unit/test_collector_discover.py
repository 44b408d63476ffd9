"""Finding printers: which addresses are asked, how often, and what counts as a printer."""

import ipaddress
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.models import MODELS
from lab.fleet.settings import Settings
from services.collector.discover.networks import addresses, check_permitted, networks
from services.collector.discover.paced import Paced
from services.collector.discover.scan import Scan
from services.collector.errors import NotPermitted, WrongCall
from services.collector.profiles import Profile
from services.collector.snmp.errors import NoAnswer
from services.collector.snmp.exchange import GET, V2C, Answer, Question, Target
from services.collector.snmp.udp import UdpExchange
from tests.support.snmpd import Snmpd

SEED, SHARE_DEAD = 3, 0.2


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(Settings(printers=len(MODELS), paused=True, dead=SHARE_DEAD, seed=SEED)) as made:
        yield made


def profile(*permitted: str, **more: Any) -> Profile:
    values = {"community": "public", "timeout_s": 0.4, "retries": 1, "permitted_networks": list(permitted)}
    return Profile.model_validate(values | more)


async def scan(wanted: str, port: int, rate: int = 2000) -> dict[str, Any]:
    asked = profile(wanted)
    async with UdpExchange() as exchange:
        return await Scan(exchange, asked, asked.model_copy(update={"version": "1"}), port, rate).run(
            networks([wanted])
        )


async def test_every_living_printer_is_found_and_nothing_else(fleet: Fleet) -> None:
    found = await scan("127.16.0.0/26", fleet.port)
    living = {device.ip: device for device in fleet.devices if device.behaviour != "dead"}
    assert 0 < len(living) < len(fleet.devices)
    assert {printer["address"] for printer in found["printers"]} == set(living)
    assert (found["asked"], found["answered"], found["others"]) == (62, len(living), 0)
    for printer in found["printers"]:
        assert printer["error"] is None
        assert printer["serial"] == living[printer["address"]].serial
        assert printer["mac"] == living[printer["address"]].mac.hex(":")
        assert printer["version"] == ("2c" if 1 in living[printer["address"]].model.versions else "1")


async def test_a_dead_printer_gets_two_packets(fleet: Fleet) -> None:
    await scan("127.16.0.0/26", fleet.port)
    assert {device.asked.datagrams for device in fleet.devices if device.behaviour == "dead"} == {2}


async def test_a_computer_with_snmp_is_no_printer(tmp_path: Path) -> None:
    agent = Snmpd(tmp_path)
    agent.start()
    try:
        found = await scan("127.0.0.1/32", agent.port)
    finally:
        agent.stop()
    assert found["printers"] == []
    assert found["other_devices"][0]["sys_descr"] == "a printer that is none"
    assert (found["answered"], found["others"]) == (1, 1)


def test_networks_are_merged_and_bounded() -> None:
    assert networks(["10.0.0.0/24", "10.0.0.128/25", "10.0.1.7"]) == [
        ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("10.0.1.7/32"),
    ]  # fmt: skip
    assert sum(1 for _ in addresses(networks(["10.0.0.0/16"]))) == 65_534
    assert [str(a) for a in addresses(networks(["10.0.0.0/31", "2001:db8::1"]))] == [
        "10.0.0.0",
        "10.0.0.1",
        "2001:db8::1",
    ]
    for wrong in (["10.0.0.0/15"], ["10.0.0.0/16", "10.1.0.1"], ["2001:db8::/64"], ["printers"], ["10.0.0.0/33"]):
        with pytest.raises(WrongCall):
            networks(wrong)


def test_only_the_profiles_networks_are_asked() -> None:
    only = profile("10.0.0.0/24", "2001:db8::/64")
    check_permitted(networks(["10.0.0.128/25", "2001:db8::1"]), only, "p")
    for outside in ("10.0.0.0/23", "10.1.0.0/24", "2001:db9::1"):
        with pytest.raises(NotPermitted, match=outside.split("/")[0]):
            check_permitted(networks([outside]), only, "p")


class _Silent:
    def __init__(self) -> None:
        self.attempts: list[int | None] = []

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        self.attempts.append(attempts)
        raise NoAnswer


async def test_retries_count_as_packets() -> None:
    silent = _Silent()
    paced = Paced(silent, 2000)
    with pytest.raises(NoAnswer):
        await paced.ask(Target("127.0.0.1", 9, V2C, b"", retries=2), Question(GET, ()), time.monotonic() + 5)
    assert silent.attempts == [1, 1, 1]
    assert paced.packets == 3
