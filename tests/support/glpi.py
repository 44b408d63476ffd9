"""glpi_sync at work: a simulated GLPI, the service as a process, and what it publishes for status_api."""

import asyncio
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from lab.glpi import Device, GlpiLab, Tokens, build
from lab.glpi.dialect import Version
from shared.broker.link import Link
from shared.broker.publisher import Publisher
from shared.management import Management
from shared.messages.base import now
from shared.messages.envelope import Envelope
from shared.messages.kinds import kind
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import VirtualHost
from tests.support.eventually import eventually

TOKENS = Tokens(app="app-token-7f3a", user="user-token-91bc", admin="admin-token")
AWKWARD = (
    Device("none", "no serial", "", "LaserJet", "HP"),
    Device("zeros", "placeholder", "0000000000", "LaserJet", "HP"),
    Device("accent", "special", "Gerät&<7>", "LaserJet", "HP"),
)


def devices(count: int) -> list[Device]:
    """`count` devices with serials, and some that are awkward. Printer ids are their places, from 1."""
    return [*(Device(f"d{n}", f"prn-{n}", f"SER{n:05}K", "LaserJet", "HP") for n in range(count)), *AWKWARD]


def simulated_glpi(fleet: Sequence[Device], version: Version = "11") -> GlpiLab:
    """A simulated GLPI that knows most of `fleet`; start it with `async with`."""
    world, expected = build(fleet, version, user_token=TOKENS.user, admin_token=TOKENS.admin)
    return GlpiLab(world, expected=expected, tokens=TOKENS)


def glpi_settings(lab: GlpiLab) -> dict[str, str]:
    """The service's settings for it."""
    return {
        "PRINTSWEEP_GLPI_SYNC_URL": lab.url,
        "PRINTSWEEP_GLPI_SYNC_APP_TOKEN": lab.tokens.app,
        "PRINTSWEEP_GLPI_SYNC_USER_TOKEN": lab.tokens.user,
        "PRINTSWEEP_GLPI_SYNC_COLLECT_S": "0.2",
        "PRINTSWEEP_BEAT_INTERVAL_S": "0.2",
    }


@dataclass
class Heard:
    """What came for status_api so far: the last verdict on each printer, all states of passes, the last beat."""

    verdicts: dict[int, dict[str, Any]] = field(default_factory=dict)
    batches: list[dict[str, Any]] = field(default_factory=list)
    passes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    beat: dict[str, Any] = field(default_factory=dict)
    replies: list[dict[str, Any]] = field(default_factory=list)

    def take(self, message: AbstractIncomingMessage) -> None:
        body = json.loads(message.body)
        name = (message.type or "").rsplit(".", 1)[0]
        if name == "glpi.checked":
            self.batches.append(body)
            self.verdicts |= {verdict["printer_id"]: verdict for verdict in body["verdicts"]}
        elif name == "glpi.reconciled":
            self.passes.setdefault(body["pass_id"], []).append(body)
        elif name == "service.beat":
            self.beat = body
        elif name == "command.reply":
            self.replies.append(body)

    def state(self, pass_id: str) -> str | None:
        return self.passes[pass_id][-1]["state"] if pass_id in self.passes else None

    @property
    def found(self) -> dict[int, str]:
        return {number: verdict["verdict"] for number, verdict in self.verdicts.items()}


class GlpiBench:
    """The test's side of the broker: it plays the collectors, the people and status_api."""

    def __init__(self, vhost: VirtualHost, *, ladder_unit_s: float = 0.02) -> None:
        self.vhost = vhost
        self.ladder_unit_s = ladder_unit_s
        self.publisher = Publisher(vhost.amqp_url, "test/publish")
        self.heard = Heard()
        self.reply_queue = f"reply.test.{uuid.uuid4().hex[:8]}"
        self._listener = Link(vhost.amqp_url, "test/listen", self._listen)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def environment(self) -> dict[str, str]:
        return self.vhost.environment | {"PRINTSWEEP_LADDER_UNIT_S": str(self.ladder_unit_s)}

    async def __aenter__(self) -> Self:
        async with Management(self.vhost.management_url, self.vhost.name) as api:
            await apply(api, TopologyOptions(ladder_unit_s=self.ladder_unit_s))
        self._tasks = [asyncio.create_task(one.run()) for one in (self.publisher, self._listener)]
        await self._listener.wait_up(20)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    async def _listen(self, connection: AbstractConnection) -> None:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=200)
        for name in ("status.record", "status.beats"):
            await (await channel.get_queue(name, ensure=False)).consume(self._on_message)
        replies = await channel.declare_queue(self.reply_queue, exclusive=True, durable=False)
        await replies.bind("reply", self.reply_queue)
        await replies.consume(self._on_message)

    async def _on_message(self, message: AbstractIncomingMessage) -> None:
        self.heard.take(message)
        await message.ack()

    async def read(self, serials: dict[int, str | None], *, state: str = "DONE") -> None:
        """What a collector says after it has polled these printers."""
        rows = [
            {"poll_id": uuid.uuid4().hex, "printer_id": number, "state": state, "serial": serial, "total": 7}
            for number, serial in serials.items()
        ]
        for first in range(0, len(rows), 100):
            body = {"collector": "test", "at": now().isoformat(), "polls": rows[first : first + 100]}
            await self.publisher.insist(kind("polls.closed"), body)

    async def check(self, serials: dict[int, str | None], *, reply: bool = False) -> None:
        """A person asks for some serials."""
        asked = [{"printer_id": number, "serial": serial} for number, serial in serials.items()]
        await self.publisher.insist(kind("glpi.check"), {"serials": asked}, self._envelope(reply))

    async def reconcile(self, pass_id: str | None = None, *, reply: bool = False, **options: Any) -> str:
        """A person orders a pass."""
        body = {"pass_id": pass_id or uuid.uuid4().hex, **options}
        await self.publisher.insist(kind("glpi.reconcile"), body, self._envelope(reply))
        return str(body["pass_id"])

    def _envelope(self, reply: bool) -> Envelope:
        return Envelope(correlation_id="c1", reply_to=self.reply_queue) if reply else Envelope()

    async def until(self, look: Callable[[Heard], Any], what: str, timeout: float = 30.0) -> Any:
        return await eventually(lambda: look(self.heard), timeout, what)

    async def ended(self, pass_id: str, state: str = "done", timeout: float = 30.0) -> dict[str, Any]:
        """The last message of a pass, once it has ended in `state`."""
        await self.until(lambda heard: heard.state(pass_id) == state, f"pass {pass_id} being {state}", timeout)
        return self.heard.passes[pass_id][-1]

    async def dead(self) -> AbstractIncomingMessage:
        """The next dead letter of glpi_sync."""
        connection = await aio_pika.connect(self.vhost.amqp_url)
        async with connection:
            queue = await (await connection.channel()).get_queue("dead.glpi", ensure=False)

            async def get() -> AbstractIncomingMessage | None:
                return await queue.get(fail=False, no_ack=True)

            return await eventually(get, 30, "a dead letter")

    async def depth(self, queue: str) -> int:
        """Ready messages."""
        connection = await aio_pika.connect(self.vhost.amqp_url)
        async with connection:
            declared = await (await connection.channel()).declare_queue(queue, passive=True)
            return int(declared.declaration_result.message_count or 0)
