"""Publishing: confirms always, a window, a timeout on every publish, mandatory with returns raised, a kept channel."""

import asyncio
from typing import Any

from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import AMQPError, ChannelInvalidStateError, DeliveryError, PublishError
from pydantic import BaseModel
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from shared.broker.link import Link
from shared.errors import BrokerUnavailable, PublishRefused, PublishTimeout, Unroutable
from shared.messages.envelope import Envelope, build, routing_key
from shared.messages.kinds import Kind

WINDOW = 200


class Publisher:
    """Publishes over a connection of its own, so that a blocked consumer never holds a publish, nor the reverse.

    Every method raises PublishRefused (the queue is full), Unroutable (no queue is bound), PublishTimeout (unknown
    whether the broker has it: repeat, receivers are idempotent) or BrokerUnavailable.
    """

    def __init__(self, url: str, name: str, *, window: int = WINDOW, heartbeat_s: int = 10) -> None:
        self.link = Link(url, name, self._set_up, heartbeat_s=heartbeat_s)
        self._window = asyncio.Semaphore(window)
        self._reopening = asyncio.Lock()
        self._channel: AbstractChannel | None = None
        self.published = 0

    async def run(self) -> None:
        """Keeps the connection: see Link.run."""
        await self.link.run()

    async def _set_up(self, connection: AbstractConnection) -> None:
        self._channel = await connection.channel(publisher_confirms=True, on_return_raises=True)

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
        await self.send(
            build(kind, body, envelope), kind.exchange, routing_key(kind, body) if key is None else key, timeout_s
        )

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

    async def send(self, message: Message, exchange: str, key: str, timeout_s: float = 10.0) -> None:
        """Publishes a finished message; returns when the broker has confirmed it."""
        try:
            async with asyncio.timeout(timeout_s):
                async with self._window:
                    channel = await self._ready_channel(timeout_s)
                    await self._publish(channel, message, exchange, key)
        except TimeoutError:
            # Also while the broker blocks publishers for memory or disk: the frame may be delivered later.
            raise PublishTimeout(f"Nothing came for {exchange or 'the default exchange'} in {timeout_s:g} s.") from None
        self.published += 1

    async def _ready_channel(self, timeout_s: float) -> AbstractChannel:
        await self.link.wait_up(timeout_s)
        async with self._reopening:
            # A channel-level error (an exchange that is missing) closes the channel but not the connection.
            if self._channel is None or self._channel.is_closed:
                if self.link.connection is None:
                    raise BrokerUnavailable("The connection was lost.")
                try:
                    await self._set_up(self.link.connection)
                except (AMQPError, ConnectionError, RuntimeError) as error:
                    raise BrokerUnavailable(f"{type(error).__name__}: {str(error)[:200]}") from error
        assert self._channel is not None  # noqa: S101 - for the type checker: the lines above set it
        return self._channel

    async def _publish(self, channel: AbstractChannel, message: Message, exchange: str, key: str) -> None:
        try:
            underlay = await channel.get_underlay_channel()
            await underlay.basic_publish(
                message.body, exchange=exchange, routing_key=key, properties=message.properties, mandatory=True
            )
        except PublishError as error:
            raise Unroutable(f"Exchange {exchange!r}, routing key {key!r}.") from error
        except DeliveryError as error:
            raise PublishRefused(f"Exchange {exchange!r}, routing key {key!r}.") from error
        except (AMQPError, ChannelInvalidStateError, ConnectionError, RuntimeError) as error:
            raise BrokerUnavailable(f"{type(error).__name__}: {str(error)[:200]}") from error
        except asyncio.CancelledError as error:
            # aiormq cancels what was in flight when a frozen connection is given up; our own cancellation passes on.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise BrokerUnavailable("The connection was given up with this message in flight.") from error
