"""A scheduler as a real process, and the rest of the world as the test plays it: orders, collectors, the record."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractQueue

from shared.management import Management
from shared.messages.kinds import kind
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import VirtualHost
from tests.support.eventually import eventually
from tests.support.process import ServiceProcess

MODULE = "services.scheduler"
NEVER = "0 0 1 1 *"  # a cron line that does not come true while a test runs


def printers_csv(count: int, site: str = "main", net: int = 1) -> str:
    """An inventory of `count` printers."""
    lines = [f"10.{net}.{n // 250}.{n % 250 + 1},printer-{n},{site}" for n in range(count)]
    return "address,name,site\n" + "\n".join(lines)


class World:
    """One virtual host with its topology: sends commands, reads queues, keeps the record."""

    def __init__(self, vhost: VirtualHost, channel: AbstractChannel, options: TopologyOptions, folder: Path) -> None:
        self.vhost, self.channel, self.options, self.folder = vhost, channel, options, folder
        self.record: list[tuple[str, dict[str, Any]]] = []
        self.environment = {
            **vhost.environment,
            "PRINTSWEEP_DATA_DIR": str(folder / "shared-data"),
            "PRINTSWEEP_SITES": ",".join(options.sites),
            "PRINTSWEEP_SCHEDULER_CRON": NEVER,
            "PRINTSWEEP_SCHEDULER_GLPI_AT": "",
            "PRINTSWEEP_SCHEDULER_TIMEZONE": "UTC",
            "PRINTSWEEP_REPLY_DEADLINE_S": "30",
            "PRINTSWEEP_STOP_TIMEOUT_S": "5",
            "POLL_INTERVAL_MINUTES": str(options.poll_interval_s / 60),
            "MAX_QUEUE_SIZE": str(options.max_queue_size),
        }
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._reply_to = ""
        self._tag = ""

    async def open(self) -> None:
        """Begins to keep the record and to take replies."""
        await self.listen()
        replies = await self.channel.declare_queue(f"reply.{uuid.uuid4().hex}", exclusive=True)
        await replies.bind("reply", replies.name)
        await replies.consume(self._answered, no_ack=True)
        self._reply_to = replies.name

    async def listen(self) -> None:
        """Takes the record's messages."""
        self._tag = await (await self.queue("status.record")).consume(self._keep)

    async def close_ears(self) -> None:
        """Takes them no more, as a status_api that is down."""
        await (await self.queue("status.record")).cancel(self._tag)

    async def _keep(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        self.record.append(((message.type or "").removesuffix(".v1"), json.loads(message.body)))
        await message.ack()

    async def _answered(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        waiting = self._replies.pop(message.correlation_id or "", None)
        if waiting is not None and not waiting.done():
            waiting.set_result(json.loads(message.body))

    async def command(self, name: str, body: dict[str, Any], timeout: float = 30.0) -> dict[str, Any]:
        """Sends a command and returns the reply."""
        correlation = uuid.uuid4().hex
        self._replies[correlation] = asyncio.get_running_loop().create_future()
        waiting = self._replies[correlation]
        await self.send("command", "scheduler.command", name, body, correlation_id=correlation, reply_to=self._reply_to)
        async with asyncio.timeout(timeout):
            return await waiting

    async def ask(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Sends a command that must succeed; its result."""
        reply = await self.command(name, body)
        assert reply["ok"], reply
        result: dict[str, Any] = reply["result"]
        return result

    async def send(self, exchange: str, key: str, name: str, body: object, **properties: Any) -> None:
        """Publishes one message; an empty exchange is the default one."""
        message = aio_pika.Message(
            body if isinstance(body, bytes) else json.dumps(body).encode(),
            type=kind(name).type,
            **{"message_id": uuid.uuid4().hex, **properties},
        )
        target = await self.channel.get_exchange(exchange, ensure=False) if exchange else self.channel.default_exchange
        await target.publish(message, key)

    async def queue(self, name: str) -> AbstractQueue:
        """A queue that is there."""
        return await self.channel.get_queue(name, ensure=False)

    async def depth(self, name: str) -> int:
        """How many messages are ready in a queue."""
        found = await self.channel.declare_queue(name, passive=True)
        return found.declaration_result.message_count or 0

    async def drain(self, name: str, count: int, timeout: float = 30.0) -> list[dict[str, Any]]:
        """Takes `count` poll requests off a queue."""
        queue = await self.queue(name)
        taken: list[dict[str, Any]] = []

        async def take() -> bool:
            while (message := await queue.get(fail=False)) is not None:
                taken.append(json.loads(message.body))
                await message.ack()
            return len(taken) >= count

        await eventually(take, timeout, f"{count} requests in {name}")
        return taken

    async def finish(self, requests: list[dict[str, Any]], state: str = "DONE") -> None:
        """Tells the results of polls, as a collector does."""
        for at in range(0, len(requests), 100):
            polls = [
                {"poll_id": r["poll_id"], "printer_id": r["printer_id"], "sweep_id": r.get("sweep_id"), "state": state}
                for r in requests[at : at + 100]
            ]
            body = {"collector": "test", "at": "2026-01-01T00:00:00Z", "polls": polls}
            await self.send("events", "polls.closed", "polls.closed", body)

    def told(self, name: str) -> list[dict[str, Any]]:
        """The bodies of one kind in the record."""
        return [body for kind_name, body in self.record if kind_name == name]

    def polls_told(self, name: str, sweep_id: str | None = None) -> Counter[str]:
        """Poll ids named by messages of one kind, and how often."""
        return Counter(
            p["poll_id"] for body in self.told(name) if sweep_id in (None, body.get("sweep_id")) for p in body["polls"]
        )

    async def closed(self, sweep_id: str, timeout: float = 40.0) -> dict[str, int]:
        """Waits for a sweep's end; its counts."""

        def find() -> list[dict[str, Any]]:
            return [b for b in self.told("sweep.closed") if b["sweep_id"] == sweep_id]

        found = await eventually(find, timeout, f"the end of sweep {sweep_id}")
        assert len(found) == 1
        counts: dict[str, int] = found[0]["counts"]
        return counts

    async def imported(self, count: int, site: str = "main", net: int = 1) -> dict[str, Any]:
        """Imports printers."""
        return await self.ask("inventory.command", {"action": "import", "csv": printers_csv(count, site, net)})


@asynccontextmanager
async def world(vhost: VirtualHost, folder: Path, **options: Any) -> AsyncIterator[World]:
    """A virtual host made ready, with the test as status_api."""
    chosen = TopologyOptions(**options)
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, chosen)
    connection = await aio_pika.connect(vhost.amqp_url)
    async with connection:
        made = World(vhost, await connection.channel(), chosen, folder)
        await made.open()
        yield made


def state_of(process: ServiceProcess) -> str:
    """leader, standby or waiting, as /readyz tells it; empty while nothing answers."""
    status, body = process.get("/readyz")
    return str(json.loads(body)["state"]) if status else ""


async def leading(process: ServiceProcess, timeout: float = 40.0) -> None:
    """Waits until it leads and consumes."""
    await eventually(
        lambda: process.info() is not None and state_of(process) == "leader" and process.get("/readyz")[0] == 200,
        timeout,
        f"{process.name} leading",
    )


StartService = Callable[..., ServiceProcess]
