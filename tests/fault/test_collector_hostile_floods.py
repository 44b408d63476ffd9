"""Too many datagrams: doubled, late, from strangers, to nobody, in floods of a bounded number and rate, while honest
printers are read beside."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.collector.snmp import udp
from tests.support import eventually
from tests.support.agent import Agent, Asked, Reply, honest, parse
from tests.support.hostile import GOOD, LIES, Surroundings, besiege, code_of, is_evil, leftovers, surroundings

pytestmark = pytest.mark.fault

WAVE, WAVES = 200, 60  # datagrams at once, and how often: 12,000 in all, with the loop's other work between


@contextlib.asynccontextmanager
async def flood(send: Callable[[], None], waves: int = WAVES) -> Any:
    """Sends in waves until the block ends, at most `waves`; yields the number of waves sent so far, in a list."""
    sent = [0]

    async def run() -> None:
        for _ in range(waves):
            for _ in range(WAVE):
                with contextlib.suppress(BlockingIOError):
                    send()
            sent[0] += 1
            await asyncio.sleep(0.01)

    task = asyncio.create_task(run())
    try:
        yield sent
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def both(here: Surroundings, poll: Any, rounds: int = 1) -> dict[str, Any]:
    """The result of a poll while the neighbours are read, at least `rounds` times."""
    over = asyncio.Event()
    reading = asyncio.create_task(here.neighbours(over))
    try:
        result = await poll
        await eventually(lambda: here.rounds >= rounds or reading.done(), 30, "the neighbours being read")
    finally:
        over.set()
        await reading
    return result  # type: ignore[no-any-return]


async def test_doubled_replies_count_once() -> None:
    def doubled(asked: Asked) -> list[Reply | bytes]:
        return [honest(GOOD, asked)] * 40

    def then_lies(asked: Asked) -> list[Reply | bytes]:
        """The right one first: what follows under the same id comes too late to be believed."""
        return [honest(GOOD, asked), *([honest(LIES, asked)] * 10)]

    siege = await besiege({"doubled": doubled, "then lies": then_lies}, budget_s=10.0)
    assert set(siege.codes().values()) == {"complete"}
    assert siege.believed() == []
    for result in siege.results.values():
        assert result["reading"]["counters"]["total"]["value"] == 77


async def test_late_replies_belong_to_nobody() -> None:
    """Each reply comes when its request has timed out and another poll of the same device is under way."""
    kept: list[tuple[bytes, Any]] = []

    class Late(Agent):
        def _read(self) -> None:
            data, source = self.socket.recvfrom(65_535)
            if kept:
                for old, where in kept:
                    self.socket.sendto(old, where)
                kept.clear()

            asked = parse(data)
            self.heard.append(asked)
            kept.append((replace(honest(LIES, asked), request_id=asked.request_id).encode(), source))

    async with surroundings() as here, Late(lambda _: []) as agent:
        first = await both(here, here.poll(agent.address, agent.port))
        second = await both(here, here.poll(agent.address, agent.port))
        third = await both(here, here.poll(agent.address, agent.port))
        await here.settled()
    # The late reply to the first attempt is taken while the second attempt waits: that is the same question. One that
    # comes in another poll is nobody's.
    assert {code_of(first), code_of(second), code_of(third)} <= {"no_answer", "nonsense", "partial", "complete"}
    assert here.exchange.rejected["request_id"] + here.exchange.rejected["unasked"] > 0


async def test_strangers_who_flood_the_port() -> None:
    """Replies that nobody waits for, well made, from an address that was never asked."""
    async with surroundings() as here, Agent(lambda asked: [honest(GOOD, asked)]) as agent:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.66", 0))
            stranger.setblocking(False)
            lie = honest(LIES, Asked(b"", 1, 0, 7, [next(iter(LIES))])).encode()
            async with flood(lambda: stranger.sendto(lie, ("127.0.0.1", here.exchange.port))) as sent:
                result = await both(here, here.poll(agent.address, agent.port, budget_s=30.0), rounds=3)
                await eventually(lambda: sent[0] >= 3, what="some waves")
        await here.settled()
    assert (code_of(result), is_evil(result)) == ("complete", False)
    assert here.exchange.rejected["wrong_source"] > WAVE


@pytest.mark.parametrize(
    "data",
    [b"\x30\x82\x05\x00\x02\x01\x01" + b"\x30" * 1400, b"", b"\x30\x82\xff\xdc" + bytes(60_000)],
    ids=["malformed", "empty", "giant"],
)
async def test_an_asked_printer_that_floods(data: bytes) -> None:
    async with surroundings() as here, Agent(lambda _: []) as agent:
        agent.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 1024 * 1024)
        async with flood(lambda: agent.socket.sendto(data, ("127.0.0.1", here.exchange.port))):
            result = await both(here, here.poll(agent.address, agent.port), rounds=3)
        await here.settled()
    assert code_of(result) == "nonsense"
    assert here.exchange.rejected["flood"] > 0
    assert here.exchange.rejected["malformed"] > 0


async def test_guessed_ids_of_an_asked_printer_do_not_fit() -> None:
    """Well-made replies under ids that count up: each costs a decoding, the flood as a whole is cut off."""
    guess = iter(range(0x01000000, 0x7FFFFFFF))

    async with surroundings() as here, Agent(lambda _: []) as agent:

        def send() -> None:
            data = template[:at] + next(guess).to_bytes(4, "big") + template[at + 4 :]
            agent.socket.sendto(data, ("127.0.0.1", here.exchange.port))

        template = honest(LIES, Asked(b"", 1, 0, 0x12345678, [next(iter(LIES))])).encode()
        at = template.index(b"\x12\x34\x56\x78")
        async with flood(send):
            result = await both(here, here.poll(agent.address, agent.port), rounds=2)
        await here.settled()
    assert code_of(result) in ("no_answer", "nonsense")
    assert here.exchange.rejected["request_id"] > 0
    assert here.exchange.rejected["flood"] > 0, "what of one source is not decoded in time is thrown away"


async def test_the_backlog_of_one_source_is_bounded() -> None:
    """While the loop is busy a source may fill its share, and no more; another's replies are still there."""
    async with surroundings(3) as here, Agent(lambda asked: [honest(GOOD, asked)]) as good, Agent(lambda _: []) as bad:
        most = 0

        def watch() -> None:
            nonlocal most
            most = max(most, sum(leftovers(here.exchange).values()))

        def send() -> None:
            agent_socket.sendto(b"\x30" * 1400, ("127.0.0.1", here.exchange.port))
            watch()

        agent_socket = bad.socket
        async with flood(send):
            hurt, fine = await asyncio.gather(
                here.poll(bad.address, bad.port), here.poll(good.address, good.port, budget_s=30.0)
            )
        await here.settled()
    assert (code_of(hurt), code_of(fine)) == ("nonsense", "complete")
    assert most < 6 * udp.MOST_OF_A_SOURCE + 200


async def test_a_tarpit_holds_its_own_poll_only() -> None:
    """Every answer comes just before its timeout, and after each the device asks to be asked for more."""
    loop = asyncio.get_running_loop()

    class Tarpit(Agent):
        def _read(self) -> None:

            data, source = self.socket.recvfrom(65_535)
            asked = parse(data)
            self.heard.append(asked)
            reply = honest(GOOD, asked)
            if asked.pdu:
                reply = Reply([((*oid, 1), value) for oid, value in zip(asked.oids, GOOD.values(), strict=False)],
                              asked.request_id, asked.version)  # fmt: skip
            loop.call_later(0.1, self._late, reply.encode(), source)

        def _late(self, octets: bytes, source: Any) -> None:
            if self.socket.fileno() >= 0:
                self.socket.sendto(octets, source)

    async with surroundings() as here, Tarpit(lambda _: []) as agent:
        result = await both(here, here.poll(agent.address, agent.port, budget_s=2.0), rounds=2)
        await asyncio.sleep(0)
        await here.settled()
    assert result["state"] == "DONE"
    assert "system" not in result["reading"]["missing"]
    assert result["reading"]["identity"]["name"] == "name of SER1"


async def test_a_siege_of_many_liars_at_once() -> None:
    """A hundred hostile printers of all kinds in one sweep: the honest ones are read as if they were alone."""
    kinds = [
        lambda asked: [],
        lambda asked: [b"\x30" * 1400] * 5,
        lambda asked: [replace(honest(LIES, asked), community=b"x")],
        lambda asked: [replace(honest(LIES, asked), request_id=1)],
        lambda asked: [honest(LIES, asked).encode()[:-1]],
        lambda asked: [asked.data] * 3,
    ]
    siege = await besiege({str(n): kinds[n % len(kinds)] for n in range(90)})
    assert set(siege.codes().values()) == {"no_answer", "nonsense"}
    assert siege.believed() == []
