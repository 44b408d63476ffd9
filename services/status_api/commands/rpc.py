"""Commands to the scheduler that are answered: one reply queue, correlation ids, a bounded table, deadlines."""

import asyncio
import uuid
from typing import Any

import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from pydantic import BaseModel, ValidationError

from services.status_api.errors import CommandRefused, NoReply, TooManyWaiting
from shared.broker.link import Link
from shared.broker.publisher import Publisher
from shared.messages.envelope import Envelope
from shared.messages.kinds import REPLY, kind
from shared.messages.replies import CommandReply
from shared.text import clean

log = structlog.get_logger(__name__)

MAX_PENDING = 200
_MAX_REPLY = 4 * 1024 * 1024


class Commands:
    """Sends commands and waits for their answers."""

    def __init__(self, url: str, instance: str, publisher: Publisher, deadline_s: float) -> None:
        self._publisher, self._deadline_s = publisher, deadline_s
        self.reply_queue = f"reply.status_api.{instance}.{uuid.uuid4().hex[:8]}"
        self.link = Link(url, f"status_api/{instance}/replies", self._set_up)
        self._pending: dict[str, asyncio.Future[CommandReply]] = {}

    async def run(self) -> None:
        """Keeps the reply queue."""
        await self.link.run()

    async def _set_up(self, connection: AbstractConnection) -> None:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=100)
        # Its bounds are a policy for all reply queues. Exclusive: it ends with this connection.
        queue = await channel.declare_queue(self.reply_queue, exclusive=True, durable=False)
        await queue.bind(REPLY, self.reply_queue)
        await queue.consume(self._on_reply, no_ack=True)

    async def _on_reply(self, message: AbstractIncomingMessage) -> None:
        future = self._pending.get(message.correlation_id or "")
        if future is None or future.done():
            log.info("commands.late_reply", correlation_id=clean(message.correlation_id, 64))
            return
        try:
            future.set_result(CommandReply.model_validate_json(message.body[:_MAX_REPLY]))
        except ValidationError as error:
            future.set_exception(CommandRefused("reply_invalid", "The answer is not understood.", clean(error, 300)))

    async def ask(self, kind_name: str, body: BaseModel, *, deadline_s: float | None = None) -> dict[str, Any]:
        """Sends one command; returns its result.

        Raises CommandRefused (the other side says no), NoReply (nothing came in time), TooManyWaiting, and what
        publishing raises (PublishRefused: the command queue is full).
        """
        if len(self._pending) >= MAX_PENDING:
            raise TooManyWaiting(f"{MAX_PENDING} commands wait for their answers.")
        limit = deadline_s or self._deadline_s
        await self.link.wait_up(min(5.0, limit))
        correlation_id = uuid.uuid4().hex
        future: asyncio.Future[CommandReply] = asyncio.get_running_loop().create_future()
        self._pending[correlation_id] = future
        try:
            # Unanswered, the command expires with the deadline and is kept as a dead letter: it does not act later.
            envelope = Envelope(correlation_id=correlation_id, reply_to=self.reply_queue)
            async with asyncio.timeout(limit):
                await self._publisher.publish(kind(kind_name), body, envelope, timeout_s=limit)
                reply = await future
        except TimeoutError:
            raise NoReply(
                f"Nothing came for {kind_name} in {limit:g} s. Is a scheduler running? See `printsweep status`."
            ) from None
        finally:
            self._pending.pop(correlation_id, None)
        if not reply.ok:
            error = reply.error
            raise CommandRefused(
                clean(error.code, 80) if error else "refused",
                clean(error.title, 300) if error else "The command was refused.",
                clean(error.detail, 2000) if error else "",
            )
        return reply.result
