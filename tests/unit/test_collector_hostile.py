"""Agents that lie, over real UDP: nothing of theirs is accepted, hangs a poll, or reaches another printer's reading."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.settings import Settings
from services.collector.mib import oids as m
from services.collector.read.printer import read
from services.collector.read.traits import Memory
from services.collector.snmp import udp
from services.collector.snmp.errors import NoAnswer, Nonsense
from services.collector.snmp.exchange import V1, V2C, Target
from services.collector.snmp.reader import decode_rest
from services.collector.snmp.udp import UdpExchange
from shared.messages.readings import Reading
from tests.support.agent import GET, GET_BULK, Agent, Answer, Asked, Reply, Rows, honest
from tests.support.agent import V2C as PYSNMP


def text(value: str | bytes) -> Any:
    return PYSNMP.OctetString(value)


ROWS: Rows = {
    m.SYS_DESCR: text("A printer"),
    m.SYS_OBJECT_ID: PYSNMP.ObjectIdentifier((1, 3, 6, 1, 4, 1, 99999, 1)),
    m.SYS_UPTIME: PYSNMP.TimeTicks(12345),
    m.SYS_NAME: text("liar"),
    m.SYS_LOCATION: text(""),
    (*m.HR_DEVICE_TYPE, 1): PYSNMP.ObjectIdentifier(m.HR_DEVICE_PRINTER),
    (*m.HR_DEVICE_DESCR, 1): text("Model One"),
    (*m.GENERAL_LOCALIZATION, 1): PYSNMP.Integer32(1),
    (*m.GENERAL_SERIAL, 1): text("SER1"),
    (*m.MARKER_LIFE_COUNT, 1, 1): PYSNMP.Counter32(77),
    (*m.SUPPLY_DESCRIPTION, 1, 1): text("Black Toner"),
    (*m.SUPPLY_MAX, 1, 1): PYSNMP.Integer32(100),
    (*m.SUPPLY_LEVEL, 1, 1): PYSNMP.Integer32(40),
    (1, 3, 6, 1, 2, 1, 99, 1, 0): PYSNMP.Integer32(1),
}


@pytest.fixture
async def exchange() -> AsyncIterator[UdpExchange]:
    async with UdpExchange() as made:
        yield made


async def read_it(
    exchange: UdpExchange, agent: Agent, version: int = V2C, budget: float = 5.0, memory: Memory | None = None
) -> Any:
    aim = Target(agent.address, agent.port, version, b"public", 0.15, 1)
    reading = await read(exchange, aim, time.monotonic() + budget, memory or Memory())
    Reading.model_validate(reading)
    return reading


def altered(**wrong: Any) -> Answer:
    return lambda asked: [replace(honest(ROWS, asked), **wrong)]


async def test_the_agent_of_these_tests_is_read_when_it_is_honest(exchange: UdpExchange) -> None:
    async with Agent(lambda asked: [honest(ROWS, asked)]) as agent:
        for version in (V1, V2C):
            reading = await read_it(exchange, agent, version)
            assert reading["complete"]
            assert reading["identity"]["serial"] == "SER1"
            assert reading["counters"]["total"]["value"] == 77


async def test_an_agent_on_ipv6_is_read_too(exchange: UdpExchange) -> None:
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 on this machine")
    async with Agent(lambda asked: [honest(ROWS, asked)], address="::1") as agent:
        assert (await read_it(exchange, agent))["identity"]["serial"] == "SER1"


@pytest.mark.parametrize(
    ("answer", "reason", "error"),
    [
        (altered(community=b"other"), "community", Nonsense),
        (altered(version=0), "version", Nonsense),
        (altered(request_id=5), "request_id", NoAnswer),
        (altered(pdu="GetRequestPDU"), "pdu_type", Nonsense),
        (lambda asked: [honest(ROWS, asked).encode()[:-3]], "malformed", Nonsense),
        (lambda asked: [honest(ROWS, asked).encode() + b"\x05\x00"], "malformed", Nonsense),
        (lambda asked: [b"", b"\x30", b"\x30\x80\x00\x00", b"\xff" * 2000], "malformed", Nonsense),
        (lambda asked: [b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01" + b"\x30" * 60000], "malformed", Nonsense),
        (lambda asked: [b"\x30\x82\xea\x60\x02\x01\x01" + b"\x30\x80" * 29000], "malformed", Nonsense),
        (lambda asked: [asked.data], "pdu_type", Nonsense),
    ],
    ids=[
        "community", "version", "request-id", "pdu-type", "truncated", "trailing", "garbage", "huge length",
        "nested", "echo",
    ],
)  # fmt: skip
async def test_a_wrong_reply_is_counted_and_not_believed(
    exchange: UdpExchange, answer: Answer, reason: str, error: type[Exception]
) -> None:
    async with Agent(answer) as agent:
        with pytest.raises(error) as caught:
            await read_it(exchange, agent)
    assert type(caught.value) is error
    assert exchange.rejected[reason] >= 2


async def test_a_reply_from_another_address_is_not_believed(exchange: UdpExchange) -> None:
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("127.0.0.1", 0))
    with other:
        async with Agent(lambda asked: [honest(ROWS, asked)], sender=other) as agent:
            with pytest.raises(NoAnswer):
                await read_it(exchange, agent)
    assert exchange.rejected["wrong_source"] == 2


async def test_a_right_reply_after_wrong_ones_is_believed(exchange: UdpExchange) -> None:
    def answer(asked: Asked) -> list[Reply | bytes]:
        right = honest(ROWS, asked)
        return [b"garbage", replace(right, community=b"x"), replace(right, request_id=1), right, right, right]

    async with Agent(answer) as agent:
        reading = await read_it(exchange, agent)
    assert reading["complete"]
    assert reading["counters"]["total"]["value"] == 77
    assert exchange.rejected["malformed"] == reading["pdus"]


async def test_an_endless_walk_ends(exchange: UdpExchange) -> None:
    def answer(asked: Asked) -> list[Reply | bytes]:
        if asked.pdu == GET:
            return [honest(ROWS, asked)]
        cursor = asked.oids[0]
        reply = honest(ROWS, asked)
        reply.varbinds = [
            ((*oid[:-1], oid[-1] + 1) if len(oid) > 11 else (*oid, 1, 1), PYSNMP.Integer32(1)) for oid in asked.oids
        ]
        assert cursor
        return [reply]

    async with Agent(answer) as agent:
        reading = await read_it(exchange, agent, budget=20)
    assert len(reading["supplies"]) == 128
    assert len(reading["trays"]) == 64


@pytest.mark.parametrize("version", [V1, V2C])
async def test_oids_that_do_not_increase_end_the_walk(exchange: UdpExchange, version: int) -> None:
    def answer(asked: Asked) -> list[Reply | bytes]:
        reply = honest(ROWS, asked)
        if asked.pdu != GET:
            # Always the same row, whatever was asked for.
            reply.varbinds = [((*m.SUPPLY_LEVEL, 1, 1), PYSNMP.Integer32(5))] * max(1, len(asked.oids))
            reply.status = reply.index = 0
        return [reply]

    async with Agent(answer) as agent:
        reading = await read_it(exchange, agent, version)
        assert len(agent.heard) < 80
    assert not reading["complete"]
    assert "supplies" in reading["missing"]
    assert reading["identity"]["name"] == "liar"


async def test_wrong_getbulk_is_replaced_by_getnext(exchange: UdpExchange) -> None:
    def answer(asked: Asked) -> list[Reply | bytes]:
        reply = honest(ROWS, asked)
        if asked.pdu == GET_BULK:
            reply.varbinds = [(m.SYS_DESCR, text("always this"))] * len(reply.varbinds)
        return [reply]

    memory = Memory()
    async with Agent(answer) as agent:
        reading = await read_it(exchange, agent, memory=memory)
        assert reading["complete"]
        assert reading["counters"]["total"]["value"] == 77
        agent.heard.clear()
        await read_it(exchange, agent, memory=memory)
        assert not [asked for asked in agent.heard if asked.pdu == GET_BULK], "what was learned is remembered"


@pytest.mark.parametrize("most", [1, 3, 8])
@pytest.mark.parametrize("too_big", [True, False])
async def test_pdus_shrink_to_what_the_agent_takes(exchange: UdpExchange, most: int, *, too_big: bool) -> None:
    def answer(asked: Asked) -> list[Reply | bytes]:
        reply = honest(ROWS, asked)
        if max(len(reply.varbinds), len(asked.oids)) <= max(most, 5 * (m.SYS_OBJECT_ID in asked.oids)):
            return [reply]
        return [replace(reply, varbinds=[], status=1)] if too_big else []

    async with Agent(answer) as agent:
        reading = await read_it(exchange, agent, budget=30)
    assert reading["complete"], reading["missing"]
    assert reading["identity"]["serial"] == "SER1"
    assert reading["supplies"][0]["level"] == 40


async def test_only_what_was_asked_is_taken(exchange: UdpExchange) -> None:
    def answer(asked: Asked) -> list[Reply | bytes]:
        reply = honest(ROWS, asked)
        if asked.pdu == GET:
            reply.varbinds = [*reversed(reply.varbinds), ((*m.GENERAL_SERIAL, 1), text("EVIL"))]
            if (*m.GENERAL_SERIAL, 1) in asked.oids:
                reply.varbinds.pop()
        return [reply]

    async with Agent(answer) as agent:
        reading = await read_it(exchange, agent)
    assert reading["identity"]["serial"] == "SER1"


async def test_wrong_types_are_null_and_odd_ones_are_understood(exchange: UdpExchange) -> None:
    odd = ROWS | {
        m.SYS_OBJECT_ID: text("none of your business"),
        m.SYS_UPTIME: text("yesterday"),
        m.SYS_NAME: PYSNMP.Integer32(5),
        (*m.MARKER_LIFE_COUNT, 1, 1): PYSNMP.Integer32(4711),
        (*m.SUPPLY_LEVEL, 1, 1): text("40"),
        (*m.SUPPLY_MAX, 1, 1): PYSNMP.Counter64(2**64 - 1),
        (*m.HR_PRINTER_ERRORS, 1): text(b"\x40\x00\x00\x00"),
        (*m.ALERT_SEVERITY, 1, 9): PYSNMP.Integer32(0),
        (*m.ALERT_CODE, 1, 9): PYSNMP.Integer32(65561),
        (*m.ALERT_DESCRIPTION, 1, 9): text(b"\x00"),
    }
    async with Agent(lambda asked: [honest(odd, asked)]) as agent:
        reading = await read_it(exchange, agent)
    assert reading["identity"]["sys_object_id"] is None
    assert reading["identity"]["uptime_s"] is None
    assert reading["identity"]["name"] is None
    assert reading["counters"]["total"]["value"] == 4711
    assert (reading["supplies"][0]["level"], reading["supplies"][0]["max"]) == (40, None)
    assert reading["status"]["errors"] == ["noPaper"]
    (alert,) = reading["alerts"]
    assert (alert["severity"], alert["code"], alert["description"]) == ("0", "65561", None)


async def test_a_device_that_falls_silent_gives_a_partial_reading_soon(exchange: UdpExchange) -> None:
    def answer(asked: Asked) -> list[Reply | bytes]:
        return [honest(ROWS, asked)] if len(agent.heard) <= 3 else []

    async with Agent(answer) as agent:
        reading = await read_it(exchange, agent, budget=60)
        assert len(agent.heard) < 30, "the dead are not asked for everything one by one"
    assert not reading["complete"]
    assert reading["identity"]["name"] == "liar"


async def test_a_60_kilobyte_text_is_capped(exchange: UdpExchange) -> None:
    long = ROWS | {m.SYS_DESCR: text("x" * 60_000)}
    async with Agent(lambda asked: [honest(long, asked)]) as agent:
        reading = await read_it(exchange, agent)
    assert len(reading["identity"]["sys_descr"]) == 2000


async def test_absurd_indexes_are_left_out(exchange: UdpExchange) -> None:
    absurd = ROWS | {(*m.SUPPLY_LEVEL, 1, 1, *[2**32 - 1] * 100): PYSNMP.Integer32(1)}
    async with Agent(lambda asked: [honest(absurd, asked)]) as agent:
        reading = await read_it(exchange, agent)
    assert [supply["index"] for supply in reading["supplies"]] == ["1.1"]


async def test_liars_do_not_touch_their_neighbours(exchange: UdpExchange) -> None:
    async with (
        Fleet(Settings(printers=34, paused=True)) as fleet,
        Agent(lambda asked: [b"\x30\x82\xff\xff" + b"\x00" * 30_000] * 20) as flooder,
    ):
        flood = asyncio.gather(*(read_it(exchange, flooder) for _ in range(10)), return_exceptions=True)
        readings = await asyncio.gather(
            *(
                read(
                    exchange,
                    Target(d.ip, fleet.port, V2C if 1 in d.model.versions else V1, b"public", 1.0, 2),
                    time.monotonic() + 30,
                    Memory(),
                )
                for d in fleet.devices
            )
        )
        assert [r["identity"]["serial"] for r in readings] == [d.serial for d in fleet.devices]
        assert all(isinstance(outcome, Nonsense) for outcome in await flood)


async def test_a_flood_ends_no_later_than_its_poll(exchange: UdpExchange) -> None:
    """One asked printer sends without end: the loop goes on turning, its own poll fails, another one is read."""
    ended = asyncio.Event()

    async def flood(port: int) -> None:
        while not ended.is_set():
            for _ in range(200):
                with contextlib.suppress(BlockingIOError):
                    agent.socket.sendto(b"\x30\x82\x05\x00\x02\x01\x01" + b"\x30" * 1400, ("127.0.0.1", port))
            await asyncio.sleep(0)

    async with Agent(lambda _: []) as agent, Agent(lambda asked: [honest(ROWS, asked)]) as other:
        task = asyncio.create_task(flood(exchange.port))
        try:
            with pytest.raises(Nonsense):
                await read_it(exchange, agent)
            assert (await read_it(exchange, other, budget=20))["complete"]
        finally:
            ended.set()
            await task
    assert exchange.rejected["flood"] > 0


async def test_a_bug_in_decoding_costs_one_datagram(exchange: UdpExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    times = []

    def stumbling(data: bytes, head: Any) -> Any:
        times.append(len(data))
        if len(times) == 1:
            raise ZeroDivisionError
        return decode_rest(data, head)

    monkeypatch.setattr(udp, "decode_rest", stumbling)
    async with Agent(lambda asked: [honest(ROWS, asked)]) as agent:
        assert (await read_it(exchange, agent))["complete"]
    assert exchange.rejected["bug"] == 1
