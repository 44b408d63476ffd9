"""Publishing: confirms always, a window, a timeout on every publish, mandatory with returns raised, a kept channel."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aio_pika import Message
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import AMQPError
from pydantic import BaseModel
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from shared.broker.link import Link
from shared.broker.outgoing import Outgoing, Wrapping, finished
from shared.broker.outlet import Batch, Outlet
from shared.broker.window import Window
from shared.broker.wire import wire_of
from shared.errors import BrokerUnavailable, PrintsweepError, PublishRefused, PublishTimeout
from shared.messages.envelope import Envelope, routing_key
from shared.messages.kinds import Kind

WINDOW = 200


class Publisher:
    """Publishes over a connection of its own, so that a blocked consumer never holds a publish, nor the reverse.

    Every method but publish_many raises PublishRefused (the queue is full), Unroutable (no queue is bound),
    PublishTimeout (unknown whether the broker has it: repeat, receivers are idempotent) or BrokerUnavailable.
    """

    def __init__(self, url: str, name: str, *, window: int = WINDOW, heartbeat_s: int = 10) -> None:
        self.link = Link(url, name, self._set_up, heartbeat_s=heartbeat_s)
        self._window = Window(window)
        self._reopening, self._writing = asyncio.Lock(), asyncio.Lock()
        self._outlet: Outlet | None = None
        self.published = 0

    async def run(self) -> None:
        """Keeps the connection: see Link.run."""
        await self.link.run()

    async def _set_up(self, connection: AbstractConnection) -> None:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        self._outlet = Outlet(await channel.get_underlay_channel(), wire_of(connection), self._window)

    async def publish(
        self,
        kind: Kind,
        body: BaseModel | dict[str, Any],
        envelope: Envelope | None = None,
        *,
        key: str | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        """Publishes one message of `kind` on its route; returns when the broker has confirmed it."""
        where = routing_key(kind, body) if key is None else key
        await self._post_one(Wrapping(kind, envelope).wrap(body, where), timeout_s)

    async def insist(
        self,
        kind: Kind,
        body: BaseModel | dict[str, Any],
        envelope: Envelope | None = None,
        *,
        key: str | None = None,
        give_up_after_s: float = 60.0,
    ) -> None:
        """Publishes like `publish`, again and again with growing, jittered pauses while the broker is away or the
        queue is full; raises the last error after `give_up_after_s`. Unroutable is raised at once.
        """
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((BrokerUnavailable, PublishRefused)),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            stop=stop_after_delay(give_up_after_s),
            reraise=True,
        ):
            with attempt:
                await self.publish(kind, body, envelope, key=key)

    async def publish_many(
        self,
        kind: Kind,
        messages: Sequence[tuple[BaseModel | dict[str, Any], Envelope | None]],
        *,
        timeout_s: float = 10.0,
    ) -> list[PrintsweepError | None]:
        """Publishes messages of `kind`, as many at once as the window has room for; returns when each has its outcome.

        → for each, in their order: None where the broker has confirmed it, else the error that `publish` would raise.
        `timeout_s` bounds the whole. Messages that share one Envelope object are the cheapest.
        """
        wrappings: dict[int, Wrapping] = {}
        outgoing = []
        for body, envelope in messages:
            wrapping = wrappings.get(id(envelope))
            if wrapping is None:
                wrapping = wrappings[id(envelope)] = Wrapping(kind, envelope)
            outgoing.append(wrapping.wrap(body, routing_key(kind, body)))
        return await self._post(outgoing, timeout_s)

    async def send(self, message: Message, exchange: str, key: str, timeout_s: float = 10.0) -> None:
        """Publishes a finished message; returns when the broker has confirmed it."""
        await self._post_one(finished(message, exchange, key), timeout_s)

    async def _post_one(self, message: Outgoing, timeout_s: float) -> None:
        [error] = await self._post([message], timeout_s)
        if error is not None:
            raise error

    async def _post(self, messages: Sequence[Outgoing], timeout_s: float) -> list[PrintsweepError | None]:
        batch = Batch(messages)
        used: list[Outlet] = []
        try:
            async with asyncio.timeout(timeout_s):
                while batch.sent < len(messages):
                    outlet = await self._send(batch, timeout_s)
                    if outlet not in used:
                        used.append(outlet)
                if batch.unsettled:
                    await batch.done
        except TimeoutError:
            # Also while the broker blocks publishers for memory or disk: the frames may be delivered later.
            where = messages[0].exchange or "the default exchange"
            late = PublishTimeout(f"Nothing came for {where} in {timeout_s:g} s.")
            batch.give_up(late if self.link.is_up else BrokerUnavailable(self.link.why_down), late)
        except BrokerUnavailable as error:
            batch.give_up(error, error)
        finally:
            if batch.unsettled:
                for outlet in used:
                    outlet.forget(batch)
        self.published += batch.outcomes.count(None)
        return batch.outcomes

    async def _send(self, batch: Batch, timeout_s: float) -> Outlet:
        """Sends as much of a batch as there is room for, at least one message; returns what took it."""
        room = await self._window.take(len(batch.messages) - batch.sent)
        sent = 0
        try:
            outlet = self._outlet
            if outlet is None or not outlet.is_open or not self.link.is_up:
                outlet = await self._ready_outlet(timeout_s)
            if outlet.wire.is_free and not self._writing.locked():
                sent = outlet.send(batch, room)
            else:
                # The broker reads slowly, or not at all: one write after the other, and nothing piles up here.
                async with self._writing:
                    await outlet.wire.free()
                    sent = outlet.send(batch, room)
            return outlet
        finally:
            if room > sent:
                self._window.give(room - sent)

    async def _ready_outlet(self, timeout_s: float) -> Outlet:
        await self.link.wait_up(timeout_s)
        async with self._reopening:
            # A channel-level error (an exchange that is missing) closes the channel but not the connection.
            if self._outlet is None or not self._outlet.is_open:
                if self.link.connection is None:
                    raise BrokerUnavailable("The connection was lost.")
                try:
                    await self._set_up(self.link.connection)
                except (AMQPError, ConnectionError, RuntimeError) as error:
                    raise BrokerUnavailable(f"{type(error).__name__}: {str(error)[:200]}") from error
        assert self._outlet is not None  # noqa: S101 - for the type checker: the lines above set it
        return self._outlet
