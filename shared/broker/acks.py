"""Acknowledging many deliveries with few frames."""

import asyncio
from collections import deque

import structlog
from aiormq.abc import AbstractChannel
from aiormq.exceptions import AMQPError, ChannelInvalidStateError

log = structlog.get_logger(__name__)


class Acks:
    """The unsettled deliveries of one channel. Acks are gathered for one turn of the loop: the settled head goes as
    one `multiple` ack, stragglers behind an unsettled delivery one by one.

    Bounded by the channel's prefetch. A channel that is gone settles nothing: the broker redelivers.
    """

    def __init__(self, channel: AbstractChannel) -> None:
        self._channel = channel
        self._waiting: deque[int] = deque()  # delivery tags in order
        self._settled: set[int] = set()  # acked by the handler, not yet told
        self._gone: set[int] = set()  # told already, still standing in _waiting
        self._flushing: asyncio.Task[None] | None = None

    def delivered(self, tag: int) -> None:
        """Notes a delivery."""
        self._waiting.append(tag)

    def ack(self, tag: int) -> None:
        """Settles a delivery; told to the broker within this turn of the loop."""
        self._settled.add(tag)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self.flush())

    async def requeue(self, tag: int) -> None:
        """Hands a delivery back to its queue."""
        self._gone.add(tag)
        await self._tell(self._channel.basic_nack(tag, requeue=True))

    async def flush(self) -> None:
        """Tells the broker what is settled."""
        head = 0
        while self._waiting and (self._waiting[0] in self._settled or self._waiting[0] in self._gone):
            tag = self._waiting.popleft()
            if tag in self._gone:
                self._gone.discard(tag)
            else:
                self._settled.discard(tag)
                head = tag
        stragglers, self._settled = self._settled, set()
        self._gone |= stragglers
        if head:
            await self._tell(self._channel.basic_ack(head, multiple=True, wait=False))
        for tag in stragglers:
            await self._tell(self._channel.basic_ack(tag, wait=False))

    async def _tell(self, frame: object) -> None:
        try:
            await frame  # type: ignore[misc]  # a coroutine of aiormq
        except (AMQPError, ChannelInvalidStateError, ConnectionError, RuntimeError) as error:
            log.info("acks.lost", error=str(error)[:200], remedy="none needed: the broker delivers again")
