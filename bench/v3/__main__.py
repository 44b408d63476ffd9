"""Run with `python -m bench.v3 [--no-write]`: CPU of an SNMPv3 request by pysnmp's engines against net-snmp's snmpd, of
a poll with and without a remembered plan, and how long the event loop is held meanwhile (CPU of its thread between two
turns)."""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from bench import results
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.snmp.exchange import GET, V3, Question, Target
from services.collector.snmp.udp import UdpExchange
from services.collector.snmp.v3.exchange import V3Exchange
from services.collector.snmp.v3.security import Security
from services.collector.snmp.versions import ByVersion
from tests.support.snmpd import AUTH_PASSWORD, PRINTER, PRIV_PASSWORD, Snmpd, user_of

LEVELS = (("SHA-1", ""), ("SHA-1", "AES-128"), ("SHA-256", "AES-128"), ("SHA-512", "AES-256"))
REQUESTS, DEVICES, POLLS = 200, 250, 100


def question(varbinds: int) -> Question:
    return Question(GET, tuple((1, 3, 6, 1, 2, 1, 1, n % 8 + 1, 0) for n in range(varbinds)))


def target(agent: Snmpd, auth: str, priv: str, address: str = "127.0.0.1") -> Target:
    who = Security(user_of(auth, priv or "AES-128"), auth, AUTH_PASSWORD, priv, PRIV_PASSWORD if priv else "")
    return Target(address, agent.port, V3, b"", 5.0, 1, who)


class Held:
    """The longest that the loop's thread computed between two turns, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.thread_time() - before)


class Table:
    """The lines of the report."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self.lines = ["| what | CPU ms each | loop held, ms |", "|---|---:|---:|"]

    async def measure(self, name: str, count: int, work: Callable[[], Awaitable[object]]) -> None:
        self._held.longest, cpu = 0.0, time.process_time()
        await work()
        each = (time.process_time() - cpu) / count * 1000
        self.lines.append(f"| {name} | {each:.2f} | {self._held.longest * 1000:.1f} |")


async def run() -> str:
    """Markdown."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        agent = Snmpd(Path(folder), "0.0.0.0", more=PRINTER)  # noqa: S104 - it is every device of 127.0.10.0/24
        agent.start()
        held = Held()
        table, watching = Table(held), asyncio.create_task(held.watch())
        try:
            for auth, priv in LEVELS:
                await requests(agent, table, auth, priv)
            await polls(agent, table)
            await devices(agent, table)
        finally:
            watching.cancel()
            agent.stop()
    return "\n".join(table.lines)


async def requests(agent: Snmpd, table: Table, auth: str, priv: str) -> None:
    asked = target(agent, auth, priv)
    async with V3Exchange() as exchange:

        async def ask(count: int, varbinds: int) -> None:
            for _ in range(count):
                await exchange.ask(asked, question(varbinds), time.monotonic() + 30)

        name = f"{auth}, {priv or 'no privacy'}"
        await table.measure(f"{name}: engine and first contact", 1, lambda: ask(1, 1))
        await table.measure(f"{name}: GET of 8", REQUESTS, lambda: ask(REQUESTS, 8))
        await table.measure(f"{name}: GET of 30", REQUESTS, lambda: ask(REQUESTS, 30))


async def polls(agent: Snmpd, table: Table) -> None:
    asked = target(agent, "SHA-256", "AES-128")
    async with UdpExchange() as plain, ByVersion(plain) as exchange:
        reader = Reader(exchange, Plans())
        figures = await reader.read(asked, time.monotonic() + 60)

        async def read(*, cold: bool) -> None:
            for _ in range(POLLS):
                figures.update(await reader.read(asked, time.monotonic() + 60, cold=cold))

        for name, cold in (("cold", True), ("warm", False)):
            await read(cold=cold)
            what = f"SHA-256, AES-128: a {name} poll, {figures['pdus']} PDUs, {figures['varbinds']} varbinds"
            await table.measure(what, POLLS, lambda cold=cold: read(cold=cold))  # type: ignore[misc]


async def devices(agent: Snmpd, table: Table) -> None:
    targets = [target(agent, "SHA-1", "AES-128", f"127.0.10.{n}") for n in range(1, DEVICES + 1)]
    async with V3Exchange() as exchange:

        async def ask_all() -> None:
            await asyncio.gather(*(exchange.ask(one, question(8), time.monotonic() + 60) for one in targets))

        for name in ("first contact", "known"):
            await table.measure(f"{DEVICES} devices at once, {name}, GET of 8", DEVICES, ask_all)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.v3", description=__doc__)
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    body = asyncio.run(run())
    sys.stdout.write(f"{results.machine()}\n\n{body}\n")
    if not options.no_write:
        results.write("v3", "What SNMPv3 costs", ".venv/bin/python -m bench.v3", body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
