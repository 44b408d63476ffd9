"""The whole collector service: requests out of RabbitMQ, printers read, results published and confirmed, acks.

The broker is a private one. Requests wait in the queue before the clock starts; what counts is the CPU of the
collector's process until the last result has come out.
"""

import asyncio
import json
import os
import signal
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import aio_pika
import orjson

from bench.collector.lab import RETRIES, TIMEOUT_S, Lab
from bench.node import Broker, broker, cpu_s
from services.collector.snmp.exchange import V1
from shared.messages.base import now
from shared.messages.envelope import build
from shared.messages.kinds import kind
from shared.messages.polls import PollRequest

SWEEPS = ("cold", "settling 1", "settling 2", "settling 3", "warm 1", "warm 2", "warm 3")
MOST_WAITING = 25_000
_MOST_S = 60.0  # for the start, and for each sweep
_END_S = 15.0


def profiles(folder: Path) -> Path:
    common = {
        "community": "public",
        "timeout_s": TIMEOUT_S,
        "retries": RETRIES,
        "permitted_networks": ["127.16.0.0/12"],
    }
    path = folder / "profiles.json"
    path.write_text(json.dumps({"profiles": {"lab": common, "lab-v1": common | {"version": "1"}}}), encoding="utf-8")
    return path


class Drain:
    """Takes everything out of status.record and counts results."""

    def __init__(self) -> None:
        self.done = self.failed = 0

    async def take(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        if message.type == "polls.finished.v1":
            for result in orjson.loads(message.body)["results"]:
                self.done += result["state"] == "DONE"
                self.failed += result["state"] != "DONE"
        await message.ack()


async def requests(lab: Lab, most: int) -> list[PollRequest]:
    living = [target for target, dead in lab.targets() if not dead][:most]
    return [
        PollRequest(
            poll_id=uuid.uuid4().hex,
            printer_id=number,
            address=target.address,
            port=target.port,
            profile="lab-v1" if target.version == V1 else "lab",
            site="main",
            lane="routine",
            sweep_id="bench",
            requested_at=now(),
            budget_s=60.0,
        )
        for number, target in enumerate(living, 1)
    ]


async def run(lab: Lab, most: int, core: int) -> dict[str, Any]:
    """Raises SystemExit where no RabbitMQ is installed or a sweep does not end."""
    async with broker(MOST_WAITING) as node:
        return await _sweeps(lab, most, core, node)


async def _sweeps(lab: Lab, most: int, core: int, node: Broker) -> dict[str, Any]:
    folder = node.folder
    environment = os.environ | {
        "PRINTSWEEP_AMQP_URL": node.amqp_url,
        "PRINTSWEEP_MANAGEMENT_URL": node.management_url,
        "PRINTSWEEP_DATA_DIR": str(folder / "data"),
        "PRINTSWEEP_COLLECTOR_PROFILES_FILE": str(profiles(folder)),
        "PRINTSWEEP_LOG_LEVEL": os.environ.get("PRINTSWEEP_LOG_LEVEL", "WARNING"),
        "PRINTSWEEP_COLLECTOR_CONCURRENCY": "300",
        "PRINTSWEEP_READY_FILE": str(folder / "ready.json"),
    }
    connection = await aio_pika.connect(node.amqp_url)
    channel = await connection.channel(publisher_confirms=True)
    await channel.set_qos(prefetch_count=50)
    exchange = await channel.get_exchange("work", ensure=False)
    drain = Drain()
    await (await channel.get_queue("status.record", ensure=False)).consume(drain.take)
    what, found = kind("poll.request"), []
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.collector", env=environment)
    os.sched_setaffinity(process.pid, {core})
    try:
        await _ready(process, folder / "ready.json")
        for sweep in SWEEPS:
            os.kill(process.pid, signal.SIGSTOP)
            wanted = await requests(lab, most)
            for at in range(0, len(wanted), 500):
                part = wanted[at : at + 500]
                await asyncio.gather(*(exchange.publish(build(what, r), "poll.main.routine") for r in part))
            drain.done = drain.failed = 0
            cpu, wall = cpu_s(process.pid), time.monotonic()
            os.kill(process.pid, signal.SIGCONT)
            while drain.done + drain.failed < len(wanted):
                if time.monotonic() - wall > _MOST_S or process.returncode is not None:
                    raise SystemExit(f"{sweep}: {drain.done + drain.failed} of {len(wanted)} results came")
                await asyncio.sleep(0.02)
            cpu, wall = cpu_s(process.pid) - cpu, time.monotonic() - wall
            found.append(
                {
                    "name": sweep,
                    "polls": drain.done,
                    "failed": drain.failed,
                    "us": 1e6 * cpu / len(wanted),
                    "per_cpu_s": len(wanted) / cpu,
                    "wall_s": wall,
                }
            )
    finally:
        await _end(process)
        await connection.close()
    return {"sweeps": found}


async def _ready(process: asyncio.subprocess.Process, file: Path) -> None:
    until = time.monotonic() + _MOST_S
    while not file.exists():  # noqa: ASYNC240 - a look every 20 ms harms nobody here
        if process.returncode is not None or time.monotonic() > until:
            raise SystemExit("the collector did not start")
        await asyncio.sleep(0.02)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
