"""A private broker with the topology applied, and the CPU time of its processes."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from cli.local.broker.installed import find
from cli.local.broker.node import Node
from shared.management import Management
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_s(*pids: int) -> float:
    """User and system seconds of processes and of all that they started (proc(5))."""
    total = 0
    for pid in pids:
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICK


@dataclass(frozen=True, slots=True)
class Broker:
    """A running one."""

    amqp_url: str
    management_url: str
    folder: Path
    pids: tuple[int, ...]

    def cpu_s(self) -> float:
        return cpu_s(*self.pids)


@asynccontextmanager
async def broker(messages: int) -> AsyncIterator[Broker]:
    """A node whose queues take `messages`. Raises SystemExit where no RabbitMQ is installed."""
    installed = find()
    if installed is None:
        raise SystemExit("rabbitmq-server is not installed: ./printsweep demo installs it where it can")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node = Node(folder / "broker", installed)
        await node.start()
        try:
            user = f"{node.user}:{quote(node.password, safe='')}"
            management = node.management_url.replace("://", f"://{user}@")
            async with Management(management, "/") as api:
                await apply(api, TopologyOptions(max_queue_size=2 * messages + 1000))
            yield Broker(node.url, management, folder, tuple(node.pids))
        finally:
            await node.stop()
