"""SNMPv3 and devices that answer nonsense, or answer for others: nothing is accepted, nothing raises, nothing stays."""

import asyncio
import random
import time
from collections.abc import Callable

import pytest

from services.collector.snmp.errors import NoAnswer, Nonsense, SnmpError
from services.collector.snmp.exchange import GET, V3, Question, Target
from services.collector.snmp.v3.exchange import V3Exchange
from services.collector.snmp.v3.security import Level, Security
from services.collector.snmp.v3.shard import Shard, message_id

WHO = Security("user", "SHA-256", "auth-secret", "AES-128", "priv-secret")
QUESTION = Question(GET, ((1, 3, 6, 1, 2, 1, 1, 1, 0),))

Answering = Callable[[bytes], list[bytes]]


class _Agent(asyncio.DatagramProtocol):
    def __init__(self, answers: Answering) -> None:
        self._answers = answers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for answer in self._answers(data):
            self._transport.sendto(answer, addr)  # type: ignore[attr-defined]


async def outcome(answers: Answering, timeout_s: float = 0.2) -> tuple[SnmpError, V3Exchange]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Agent(answers), ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    try:
        async with V3Exchange() as exchange:
            target = Target("127.0.0.1", port, V3, b"", timeout_s, 1, WHO)
            with pytest.raises(SnmpError) as caught:
                await exchange.ask(target, QUESTION, time.monotonic() + 20)
            assert not exchange._open
            assert not exchange._heard
            assert not exchange._backlog
            return caught.value, exchange
    finally:
        transport.close()


@pytest.mark.parametrize(
    "answers",
    [
        lambda _: [b"\x05"],
        lambda _: [b"\x00" * 60_000],
        lambda data: [data],
        lambda data: [data[:-3]],
        lambda data: [data + b"\x05\x00"],
        lambda data: [data.replace(b"\x02\x01\x03", b"\x02\x01\x01", 1)],
        lambda _: [b"\x30\x03\x02\x01\x03"] * 200,
    ],
)
async def test_nonsense_is_told_as_nonsense(answers: Answering) -> None:
    error, exchange = await outcome(answers)
    assert isinstance(error, Nonsense | NoAnswer)
    assert exchange.rejected


async def test_a_reply_from_elsewhere_does_not_count() -> None:
    loop = asyncio.get_running_loop()
    other, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
    asker: list[int] = []

    class Silent(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            asker.append(addr[1])
            other.sendto(data, addr)

    silent, _ = await loop.create_datagram_endpoint(Silent, ("127.0.0.1", 0))
    try:
        async with V3Exchange() as exchange:
            target = Target("127.0.0.1", silent.get_extra_info("sockname")[1], V3, b"", 0.2, 0, WHO)
            with pytest.raises(NoAnswer):
                await exchange.ask(target, QUESTION, time.monotonic() + 20)
            assert exchange.rejected == {"wrong_source": 1}
    finally:
        other.close()
        silent.close()


def test_no_octets_make_an_engine_raise() -> None:
    dice = random.Random(3)
    engine, source = Shard(WHO), ("127.0.0.1", 161)
    good = engine.request(source, QUESTION, 7, 1, Level.AUTH_PRIV)
    for _ in range(1500):
        octets = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            octets[dice.randrange(len(octets))] = dice.randrange(256)
        found = engine.read(source, bytes(octets[: dice.randint(1, len(octets))]))
        assert found.handle is None or found.report is not None or found.reply is not None
        message_id(bytes(octets))
    assert engine.failures
