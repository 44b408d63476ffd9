"""The scheduler's own process in a sweep: printers imported, a sweep ordered, requests taken and answered at once."""

import asyncio
import json
import os
import signal
import sys
import time
import uuid
from typing import Any

import aio_pika
import orjson

from bench.node import Broker, cpu_s
from shared.messages.kinds import kind

_MOST_S = 120.0
_PART, _TOLD = 4000, 100  # printers of one import; results of one polls.closed
_TOLD_EVERY_S = 0.05


class World:
    """Everybody else: collectors that answer at once, and the record."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel) -> None:
        self.channel = channel
        self.taken: list[dict[str, Any]] = []
        self.counts: dict[str, Any] = {}
        self.closed = asyncio.Event()
        self.replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.reply_to = ""

    async def open(self) -> None:
        replies = await self.channel.declare_queue(f"reply.{uuid.uuid4().hex}", exclusive=True)
        await replies.bind("reply", replies.name)
        self.reply_to = replies.name
        await replies.consume(self._replied, no_ack=True)
        await (await self.channel.get_queue("poll.main.routine", ensure=False)).consume(self._request, no_ack=True)
        await (await self.channel.get_queue("status.record", ensure=False)).consume(self._recorded, no_ack=True)

    async def _replied(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        self.replies.pop(message.correlation_id or "").set_result(orjson.loads(message.body))

    async def _recorded(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        if message.type == "sweep.closed.v1":
            self.counts = orjson.loads(message.body)["counts"]
            self.closed.set()

    async def _request(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        self.taken.append(orjson.loads(message.body))

    async def answer(self) -> None:
        """Tells the results of all that was taken."""
        taken, self.taken = self.taken, []
        for at in range(0, len(taken), _TOLD):
            polls = [
                {"poll_id": t["poll_id"], "printer_id": t["printer_id"], "sweep_id": t["sweep_id"], "state": "DONE"}
                for t in taken[at : at + _TOLD]
            ]
            body = {"collector": "bench", "at": "2026-01-01T00:00:00Z", "polls": polls}
            await self.send("events", "polls.closed", "polls.closed", body)

    async def send(self, exchange: str, key: str, name: str, body: object, **properties: Any) -> None:
        message = aio_pika.Message(
            orjson.dumps(body), type=kind(name).type, **{"message_id": uuid.uuid4().hex, **properties}
        )
        await (await self.channel.get_exchange(exchange, ensure=False)).publish(message, key)

    async def ask(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        correlation = uuid.uuid4().hex
        waiting = self.replies[correlation] = asyncio.get_running_loop().create_future()
        await self.send("command", "scheduler.command", name, body, correlation_id=correlation, reply_to=self.reply_to)
        async with asyncio.timeout(_MOST_S):
            reply = await waiting
        if not reply["ok"]:
            raise SystemExit(f"{name}: {reply}")
        result: dict[str, Any] = reply["result"]
        return result

    async def sweep(self, printers: int) -> None:
        """Orders one and waits for its end, every poll answered."""
        self.closed.clear()
        await self.ask("sweep.order", {"force": True})
        async with asyncio.timeout(_MOST_S):
            while not self.closed.is_set():
                await self.answer()
                await asyncio.sleep(_TOLD_EVERY_S)
        if self.counts["done"] != printers:
            raise SystemExit(f"the sweep ended with {self.counts}")


async def run(broker: Broker, printers: int, sweeps: int) -> list[dict[str, float]]:
    """→ CPU µs a poll of the scheduler and of the broker, for each sweep."""
    ready = broker.folder / "ready.json"
    environment = os.environ | {
        "PRINTSWEEP_AMQP_URL": broker.amqp_url,
        "PRINTSWEEP_MANAGEMENT_URL": broker.management_url,
        "PRINTSWEEP_DATA_DIR": str(broker.folder / "data"),
        "PRINTSWEEP_SCHEDULER_CRON": "0 0 1 1 *",
        "PRINTSWEEP_SCHEDULER_GLPI_AT": "",
        "PRINTSWEEP_SCHEDULER_MAX_PRINTERS": "200000",
        "PRINTSWEEP_LOG_LEVEL": os.environ.get("PRINTSWEEP_LOG_LEVEL", "WARNING"),
        "PRINTSWEEP_READY_FILE": str(ready),
    }
    found = []
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.scheduler", env=environment)
    try:
        async with await aio_pika.connect(broker.amqp_url) as connection:
            world = World(await connection.channel())
            await world.open()
            for at in range(0, printers, _PART):
                lines = [
                    f"10.{n // 62500}.{n // 250 % 250}.{n % 250 + 1}" for n in range(at, min(printers, at + _PART))
                ]
                csv = "\n".join(["address", *lines])
                await world.ask("inventory.command", {"action": "import", "csv": csv})
            for _ in range(sweeps):
                await asyncio.sleep(1.5)  # the import's own events, and the figures of the second
                mine, brokers, wall = cpu_s(process.pid), broker.cpu_s(), time.monotonic()
                await world.sweep(printers)
                found.append(
                    {
                        "us": 1e6 * (cpu_s(process.pid) - mine) / printers,
                        "broker_us": 1e6 * (broker.cpu_s() - brokers) / printers,
                        "wall_s": time.monotonic() - wall,
                    }
                )
                print(json.dumps({"sweep": found[-1]}), file=sys.stderr, flush=True)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(20):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
    return found
