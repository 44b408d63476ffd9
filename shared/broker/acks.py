"""Acknowledging many deliveries with few frames."""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from shared.broker import frames

log = structlog.get_logger(__name__)


class Acks:
    """The unsettled deliveries of channel `number`. Acks are gathered for one turn of the loop: the settled head goes
    as one `multiple` ack, stragglers behind an unsettled delivery one by one, all of them in one `write`.

    Bounded by the channel's prefetch. A channel that is gone settles nothing: the broker redelivers.
    """

    def __init__(self, number: int, write: Callable[[bytes], None]) -> None:
        self._number, self._write = number, write
        self._waiting: deque[int] = deque()  # delivery tags in order
        self._settled: set[int] = set()  # acked by the handler, not yet told
        self._gone: set[int] = set()  # told already, still standing in _waiting
        self._flushing = False
        self._closed = ""  # why nothing can be told any more

    def delivered(self, tag: int) -> None:
        """Notes a delivery."""
        self._waiting.append(tag)

    def ack(self, tag: int) -> None:
        """Settles a delivery; told to the broker within this turn of the loop."""
        self._settled.add(tag)
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self.flush)

    def requeue(self, tag: int) -> None:
        """Hands a delivery back to its queue."""
        self._gone.add(tag)
        self._tell(frames.requeue(self._number, tag))

    def close(self, reason: str) -> None:
        """The channel is gone."""
        self._closed = reason

    def flush(self) -> None:
        """Tells the broker what is settled."""
        self._flushing = False
        waiting, settled, gone = self._waiting, self._settled, self._gone
        head = 0
        while waiting:
            tag = waiting[0]
            if tag in settled:
                settled.discard(tag)
                head = tag
            elif tag in gone:
                gone.discard(tag)
            else:
                break
            waiting.popleft()
        told = [frames.ack(self._number, head, multiple=True)] if head else []
        if settled:
            told += [frames.ack(self._number, tag) for tag in settled]
            gone |= settled
            settled.clear()
        if told:
            self._tell(b"".join(told))

    def _tell(self, data: bytes) -> None:
        if not self._closed:
            try:
                self._write(data)
            except ConnectionError as error:
                self._closed = str(error)
        if self._closed:
            log.info("acks.lost", error=self._closed[:200], remedy="none needed: the broker delivers again")
