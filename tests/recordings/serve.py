"""Serves recordings as real SNMP agents over UDP (snmpsim) and reads them through the collector."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.snmp.errors import NoAnswer, Unreachable
from services.collector.snmp.exchange import GET_NEXT, V1, V2C, Question, Target
from services.collector.snmp.udp import UdpExchange

ADDRESS = "127.0.0.1"
PATIENCE_S = 60.0  # snmpsim loads its modules and indexes the recordings
BUDGET_S = 30.0
# snmpsim needs a millisecond for a value: a slow agent, to which no answer is lost.
TIMEOUT_S = 10.0


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((ADDRESS, 0))
        return int(sock.getsockname()[1])


class Served:
    """A running snmpsim: each recording is a device whose community is the name of its file."""

    def __init__(self, port: int, exchange: UdpExchange) -> None:
        self.port = port
        self._exchange = exchange

    def target(self, community: str, version: int = V2C) -> Target:
        """The device of this recording."""
        return Target(ADDRESS, self.port, version, community.encode(), TIMEOUT_S, 1)

    async def reading(self, community: str, version: int = V2C) -> dict[str, Any]:
        """What the collector reads from it, knowing nothing from before."""
        return (await self.readings(community, version, 1))[0]

    async def readings(self, community: str, version: int = V2C, times: int = 2) -> list[dict[str, Any]]:
        """The readings of one collector: the first knows nothing, the others have a plan."""
        reader = Reader(self._exchange, Plans())
        target = self.target(community, version)
        return [await reader.read(target, time.monotonic() + BUDGET_S) for _ in range(times)]

    async def ready(self, community: str) -> None:
        """Returns when snmpsim answers. Raises NoAnswer."""
        until = time.monotonic() + PATIENCE_S
        first = Target(ADDRESS, self.port, V2C, community.encode(), 0.5, 0)
        while True:
            try:
                await self._exchange.ask(first, Question(GET_NEXT, ((1, 3),)), until)
            except (NoAnswer, Unreachable):
                if time.monotonic() >= until:
                    raise
                await asyncio.sleep(0.1)  # the port is not open yet
            else:
                return


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    """Serves the *.snmprec files of a folder until the context is left."""
    port = _free_port()
    first = next(path.stem for path in folder.glob("*.snmprec"))  # noqa: ASYNC240 - nothing else runs yet
    with tempfile.TemporaryDirectory(prefix="printsweep-snmpsim-") as cache:
        process = subprocess.Popen(  # noqa: ASYNC220 - starting it takes no time
            [
                sys.executable,
                "-c",
                "from snmpsim.commands.responder import main; main()",
                f"--data-dir={folder}",
                f"--cache-dir={cache}",
                f"--agent-udpv4-endpoint={ADDRESS}:{port}",
                "--log-level=error",
                *(("--process-user=root", "--process-group=root") if os.geteuid() == 0 else ()),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            async with UdpExchange() as exchange:
                agent = Served(port, exchange)
                await agent.ready(first)
                yield agent
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


Readings = dict[int, dict[str, list[dict[str, Any]]]]


def read_all(folder: Path, names: Iterable[str], versions: Iterable[int] = (V2C,), times: int = 1) -> Readings:
    """Readings by SNMP version and by recording. Raises SnmpError where a recording does not answer at all."""

    async def run() -> Readings:
        async with served(folder) as agent:
            return {
                version: {name: await agent.readings(name, version, times) for name in names} for version in versions
            }

    return asyncio.run(run())


__all__ = ["V1", "V2C", "Readings", "Served", "read_all", "served"]
