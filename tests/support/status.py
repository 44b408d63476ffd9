"""A running status_api, seen from outside: messages in, HTTP out. Also what its messages look like."""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import aiohttp
import orjson

from shared.management import Management
from shared.messages.envelope import Envelope, build, routing_key
from shared.messages.kinds import kind
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import VirtualHost
from tests.support.eventually import eventually

START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


def at(seconds: float = 0.0, *, base: datetime | None = None) -> str:
    """An instant as a message carries it."""
    return ((base or START) + timedelta(seconds=seconds)).isoformat()


def reading(total: int | None = 1000, serial: str | None = "SN1", **more: Any) -> dict[str, Any]:
    """A reading as a collector tells it."""
    counters = dict(more.pop("counters", {}))
    if total is not None:
        counters = {"total": total, **counters}
    return {
        "identity": {"serial": serial, "model": "Model X", "manufacturer": "Maker"},
        "status": {"device": "running", "printer": "idle", "errors": []},
        "counters": {k: {"value": v, "oid": "1.3.6.1", "rule": "test"} for k, v in counters.items()},
        "supplies": more.pop("supplies", []),
        "alerts": more.pop("alerts", []),
        "complete": more.pop("complete", True),
        **more,
    }


def result(printer_id: int, poll_id: str, *, seconds: float = 10.0, **more: Any) -> dict[str, Any]:
    """One result of a polls.finished; DONE with a reading unless told otherwise."""
    state = more.pop("state", "DONE")
    found: dict[str, Any] = {
        "poll_id": poll_id,
        "printer_id": printer_id,
        "sweep_id": more.pop("sweep_id", None),
        "lane": "routine",
        "site": "main",
        "address": more.pop("address", f"10.0.0.{printer_id}"),
        "port": 161,
        "state": state,
        "started_at": more.pop("started_at", at(seconds - 1)),
        "read_at": more.pop("read_at", at(seconds)),
        "seconds": 1.0,
        "error": {"code": "no_answer", "text": "It did not answer."} if state == "FAILED" else None,
        "reading": more.pop("reading", reading()) if state == "DONE" else None,
    }
    return found | more


def printer(printer_id: int, **more: Any) -> dict[str, Any]:
    """An inventory entry as printers.changed tells it."""
    entry = {"id": printer_id, "address": f"10.0.0.{printer_id}", "name": f"Printer {printer_id}", "site": "main"}
    return entry | {"profile": "default"} | more


class Broker:
    """Publishes on a virtual host as the other services would, and looks into queues."""

    def __init__(self, vhost: VirtualHost, channel: aio_pika.abc.AbstractChannel) -> None:
        self.vhost, self.channel = vhost, channel

    async def send(self, name: str, body: Any, **headers: Any) -> None:
        """Publish one message of a kind on its route."""
        await self.raw(build(kind(name), body, Envelope(headers=headers)), kind(name).exchange, self._key(name, body))

    @staticmethod
    def _key(name: str, body: Any) -> str:
        return routing_key(kind(name), body)

    async def raw(self, message: aio_pika.Message, exchange: str, key: str) -> None:
        """Publish any message."""
        underlay = await self.channel.get_underlay_channel()
        await underlay.basic_publish(
            message.body, exchange=exchange, routing_key=key, properties=message.properties, mandatory=True
        )

    async def depth(self, queue: str) -> int:
        """Messages that are ready in a queue."""
        underlay = await self.channel.get_underlay_channel()
        return (await underlay.queue_declare(queue, passive=True)).message_count or 0

    async def take(self, queue: str) -> aio_pika.abc.AbstractIncomingMessage | None:
        """The next message of a queue, acked; None where it is empty."""
        found = await (await self.channel.get_queue(queue, ensure=False)).get(no_ack=True, fail=False)
        return found  # noqa: RET504 - typed


@asynccontextmanager
async def broker_of(vhost: VirtualHost, **options: Any) -> AsyncIterator[Broker]:
    """A virtual host with the topology applied, and a way to publish there."""
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, TopologyOptions(**options))
    connection = await aio_pika.connect(vhost.amqp_url)
    try:
        yield Broker(vhost, await connection.channel(on_return_raises=True))
    finally:
        await connection.close()


class Api:
    """The HTTP API of a running status_api."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session

    async def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, data: Any = None
    ) -> tuple[int, Any]:
        """Status and decoded body."""
        sent = dict(headers or {})
        if body is not None:
            data = orjson.dumps(body)
            sent.setdefault("content-type", "application/json")
        async with self.session.request(method, f"{self.url}{path}", data=data, headers=sent) as answer:
            raw = await answer.read()
            kind_ = answer.content_type
            return answer.status, orjson.loads(raw) if kind_.endswith("json") and raw else raw.decode()

    async def get(self, path: str) -> Any:
        """The body of a GET that succeeds."""
        status, body = await self.call("GET", path)
        assert status == 200, (path, status, body)
        return body

    async def post(self, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """POST."""
        return await self.call("POST", path, {} if body is None and "data" not in more else body, **more)

    async def until(self, path: str, condition: Any, timeout: float = 20.0) -> Any:
        """The body of a GET once the condition holds for it."""

        async def look() -> Any:
            status, body = await self.call("GET", path)
            assert status == 200, (status, body)
            assert condition(body), body
            return body

        return await eventually(look, timeout, path)


def new_id() -> str:
    """A fresh id."""
    return uuid.uuid4().hex


@asynccontextmanager
async def answer_commands(broker: Broker, answer: Any) -> AsyncIterator[None]:
    """Plays the scheduler: answers every command with `answer(type, body)`, a CommandReply as a dict."""
    connection = await aio_pika.connect(broker.vhost.amqp_url)
    channel = await connection.channel()
    queue = await channel.get_queue("scheduler.command", ensure=False)

    async def on_command(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        reply = answer(message.type, orjson.loads(message.body))
        if message.reply_to and reply is not None:
            built = build(kind("command.reply"), reply, Envelope(correlation_id=message.correlation_id))
            await broker.raw(built, "reply", message.reply_to)
        await message.ack()

    await queue.consume(on_command)
    try:
        yield
    finally:
        await connection.close()


@asynccontextmanager
async def api_of(bus: Broker, start_service: Any, **environment: str) -> AsyncIterator[Api]:
    """A status_api on that virtual host, ready."""
    settings = {"PRINTSWEEP_STATUS_API_PORT": "0", **environment}
    process = start_service("services.status_api", bus.vhost.environment | settings, name="status_api")
    info = await process.ready()
    async with aiohttp.ClientSession() as session:
        yield Api(info["url"], session)
