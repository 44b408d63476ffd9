"""Devices that are dead, slow, lossy or wrong, and how polls are counted."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
from pyasn1.error import PyAsn1Error

from lab.fleet import Fleet, Settings
from lab.fleet.exchange import Exchange
from lab.fleet.flaws import spread
from lab.fleet.fleet import make_devices
from tests.support import eventually, snmp
from tests.support.snmp import Asker

DESCRIPTION, OBJECT_ID, UPTIME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0"
HERE, THERE = ("127.0.0.1", 1111), ("127.0.0.1", 2222)


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(Settings(printers=2, models=("kyocera-mono",), paused=True, slow_delay=0.05)) as running:
        yield running


@pytest.fixture
def asker() -> Iterator[Asker]:
    with Asker() as open_socket:
        yield open_socket


def target(fleet: Fleet) -> tuple[str, int]:
    return fleet.devices[0].ip, fleet.port


async def arrived(fleet: Fleet, asker: Asker, data: bytes) -> bytes | None:
    """Send and return what came back by the time that the fleet had handled it."""
    received = fleet.endpoint.traffic.received
    await asker.send(target(fleet), data)
    await eventually(lambda: fleet.endpoint.traffic.received > received)
    return asker.received()


@pytest.mark.parametrize("printers", [1, 20, 200, 1000])
def test_the_shares_are_met_and_follow_from_the_seed(printers: int) -> None:
    wanted = Settings(printers=printers, seed=3, dead=0.05, slow=0.02, lossy=0.05)
    devices = make_devices(wanted)
    counts = Counter(device.behaviour for device in devices)
    assert counts["dead"] == round(printers * 0.05)
    assert abs(counts["slow"] - printers * 0.02) <= 1
    assert abs(counts["lossy"] - printers * 0.05) <= 1
    assert [device.behaviour for device in make_devices(wanted)] == [device.behaviour for device in devices]


@pytest.mark.parametrize("shares", [{"dead": -0.1}, {"dead": 0.6, "slow": 0.6}])
def test_impossible_shares_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        spread(make_devices(Settings(printers=3)), shares, 1)


async def test_a_dead_device_is_silent_but_counts(fleet: Fleet, asker: Asker) -> None:
    fleet.devices[0].behaviour = "dead"
    assert await arrived(fleet, asker, snmp.request([OBJECT_ID])) is None
    asked = fleet.devices[0].asked
    assert (asked.datagrams, asked.pdus, asked.polls, asked.answered) == (1, 1, 1, 0)


async def test_a_slow_device_answers_later(fleet: Fleet, asker: Asker) -> None:
    fleet.devices[0].behaviour = "slow"
    assert (await asker.ask(target(fleet), [OBJECT_ID])).status == 0
    assert fleet.endpoint.traffic.delayed == 1


async def test_a_lossy_device_drops_every_third(fleet: Fleet, asker: Asker) -> None:
    fleet.devices[0].behaviour = "lossy"
    replies = [await arrived(fleet, asker, snmp.request([OBJECT_ID])) for _ in range(9)]
    assert [reply is not None for reply in replies] == [True, True, False] * 3


async def test_garbage_and_truncated_replies_cannot_be_read(fleet: Fleet, asker: Asker) -> None:
    for behaviour in ("garbage", "truncate"):
        fleet.devices[0].behaviour = behaviour
        reply = await arrived(fleet, asker, snmp.request([DESCRIPTION]))
        assert reply
        with pytest.raises((PyAsn1Error, AssertionError, KeyError)):
            snmp.reply(reply)


async def test_a_reply_may_come_from_the_wrong_source(fleet: Fleet, asker: Asker) -> None:
    fleet.devices[0].behaviour = "wrong_source"
    await asker.send(target(fleet), snmp.request([DESCRIPTION]))
    assert (await asker.receive())[1] == ("127.0.0.1", fleet.port)


async def test_a_reboot_is_silence_and_a_fresh_uptime(fleet: Fleet, asker: Asker) -> None:
    device = fleet.devices[0]
    before = int((await asker.ask(target(fleet), [UPTIME])).values[UPTIME])
    device.reboot(1000.0)
    assert await arrived(fleet, asker, snmp.request([UPTIME])) is None
    device.silent_until = 0.001
    assert int((await asker.ask(target(fleet), [UPTIME])).values[UPTIME]) < before
    assert int((await asker.ask(target(fleet), ["1.3.6.1.2.1.43.10.2.1.5.1.1"])).varbinds[0][1]) == 0


class TestPolls:
    """What begins a poll."""

    @pytest.fixture
    def exchange(self) -> Exchange:
        return Exchange(make_devices(Settings(printers=1, models=("samsung-mono",))), poll_gap=1000)

    def ask(self, exchange: Exchange, request_id: int, source: tuple[str, int] = HERE, count: int = 1) -> None:
        data = snmp.request([OBJECT_ID] * count, request_id=request_id)
        found = exchange.ask(exchange.devices[0], data, source)
        assert found
        exchange.devices[0].heard_answered = found[1]

    def test_each_answered_request_is_a_poll(self, exchange: Exchange) -> None:
        for request_id in (1, 2, 3):
            self.ask(exchange, request_id)
        assert exchange.devices[0].asked.polls == 3

    def test_a_retransmission_is_none(self, exchange: Exchange) -> None:
        for request_id in (1, 1, 1, 2, 2):
            self.ask(exchange, request_id)
        assert exchange.devices[0].asked.polls == 2

    def test_a_smaller_request_after_too_big_is_none(self, exchange: Exchange) -> None:
        self.ask(exchange, 1, count=30)
        self.ask(exchange, 2, count=15)
        self.ask(exchange, 3, count=7)
        self.ask(exchange, 4, count=7)
        assert exchange.devices[0].asked.polls == 2

    def test_an_unanswered_request_goes_on_for_a_while_only(self, exchange: Exchange) -> None:
        device = exchange.devices[0]
        for request_id in (1, 2):
            exchange.ask(device, snmp.request([OBJECT_ID], request_id=request_id), HERE)
        assert device.asked.polls == 1
        exchange.poll_gap = -1.0
        exchange.ask(device, snmp.request([OBJECT_ID], request_id=3), HERE)
        assert device.asked.polls == 2

    def test_another_source_is_another_poll(self, exchange: Exchange) -> None:
        self.ask(exchange, 1, HERE)
        self.ask(exchange, 1, THERE)
        assert exchange.devices[0].asked.polls == 2

    def test_other_requests_are_none(self, exchange: Exchange) -> None:
        exchange.ask(exchange.devices[0], snmp.request([DESCRIPTION]), HERE)
        exchange.ask(exchange.devices[0], snmp.request([DESCRIPTION], kind="GetNext"), HERE)
        assert exchange.devices[0].asked.polls == 0
        assert exchange.devices[0].asked.pdus == 2


def test_remembered_answers_are_bounded() -> None:
    exchange = Exchange(make_devices(Settings(printers=50, models=("xerox-press",))), most_octets=40_000)
    for row in range(1, 60):
        for device in exchange.devices:
            exchange.ask(device, snmp.request([f"1.3.6.1.2.1.43.{row}"], kind="GetBulk", request_id=1), HERE)
            assert len(device.cache) <= 16
            assert exchange.held <= 40_000
    assert sum(device.cache_octets for device in exchange.devices) <= 40_000
