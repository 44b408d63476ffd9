"""`python -m bench.v3`: CPU of an SNMPv3 request by pysnmp's engines against net-snmp's snmpd, and how long the event
loop is held meanwhile (CPU of its thread between two turns)."""

import asyncio
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from services.collector.snmp.exchange import GET, V3, Question, Target
from services.collector.snmp.v3.exchange import V3Exchange
from services.collector.snmp.v3.security import Security
from tests.support.snmpd import AUTH_PASSWORD, PRIV_PASSWORD, Snmpd, user_of

LEVELS = (("SHA-1", ""), ("SHA-1", "AES-128"), ("SHA-256", "AES-128"), ("SHA-512", "AES-256"))
REQUESTS, DEVICES = 200, 250


def question(varbinds: int) -> Question:
    return Question(GET, tuple((1, 3, 6, 1, 2, 1, 1, n % 8 + 1, 0) for n in range(varbinds)))


def who(auth: str, priv: str) -> Security:
    return Security(user_of(auth, priv or "AES-128"), auth, AUTH_PASSWORD, priv, PRIV_PASSWORD if priv else "")


class Held:
    """The longest that the loop's thread computed between two turns, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.thread_time() - before)


async def measure(name: str, held: Held, count: int, work: Callable[[], Awaitable[object]]) -> None:
    held.longest, cpu, begun = 0.0, time.process_time(), time.perf_counter()
    await work()
    each, wall = (time.process_time() - cpu) / count * 1000, time.perf_counter() - begun
    print(f"{name:48} {each:6.2f} ms CPU each  {wall:6.2f} s  loop held {held.longest * 1000:5.1f} ms")


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        agent = Snmpd(Path(folder), "0.0.0.0")  # noqa: S104 - it is every device of 127.0.10.0/24
        agent.start()
        held = Held()
        watching = asyncio.create_task(held.watch())
        try:
            for auth, priv in LEVELS:
                await requests(agent, held, auth, priv)
            await devices(agent, held)
        finally:
            watching.cancel()
            agent.stop()


async def requests(agent: Snmpd, held: Held, auth: str, priv: str) -> None:
    target = Target("127.0.0.1", agent.port, V3, b"", 5.0, 1, who(auth, priv))
    async with V3Exchange() as exchange:

        async def ask(count: int, varbinds: int) -> None:
            for _ in range(count):
                await exchange.ask(target, question(varbinds), time.monotonic() + 30)

        await measure(f"{auth} {priv or '-'}: engine and first contact", held, 1, lambda: ask(1, 1))
        await measure(f"{auth} {priv or '-'}: GET of 8", held, REQUESTS, lambda: ask(REQUESTS, 8))
        await measure(f"{auth} {priv or '-'}: GET of 30", held, REQUESTS, lambda: ask(REQUESTS, 30))


async def devices(agent: Snmpd, held: Held) -> None:
    targets = [Target(f"127.0.10.{n}", agent.port, V3, b"", 5.0, 1, who("SHA-1", "AES-128")) for n in range(1, 251)]
    async with V3Exchange() as exchange:
        for name in ("first contact", "known"):
            await measure(f"{DEVICES} devices at once, {name}, GET of 8", held, DEVICES, lambda: asyncio.gather(
                *(exchange.ask(target, question(8), time.monotonic() + 60) for target in targets)))  # fmt: skip


asyncio.run(main())
