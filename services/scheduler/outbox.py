"""Publishing the outbox: in order, whenever the broker takes it, beside everything else."""

import asyncio

import structlog

from services.scheduler import store_outbox
from services.scheduler.clock import Clock
from services.scheduler.metrics import DROPPED
from services.scheduler.store import Store
from shared.broker.publisher import Publisher
from shared.errors import BrokerUnavailable, PublishRefused, Unroutable
from shared.messages.envelope import Envelope
from shared.messages.kinds import kind

log = structlog.get_logger(__name__)

_BATCH = 50
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _LOOK_S = 0.2, 5.0, 5.0


class Outbox:
    """Empties the outbox. A full `status.record` makes it wait; the outbox is bounded meanwhile (`shed`)."""

    def __init__(self, store: Store, publisher: Publisher, clock: Clock, limit: int) -> None:
        self._store, self._publisher, self._clock, self._limit = store, publisher, clock, limit
        self._wake = asyncio.Event()
        self._flushing = asyncio.Lock()
        self._ended = False
        self._pause_s = 0.0

    def wake(self) -> None:
        """There may be more."""
        self._wake.set()

    async def run(self) -> None:
        """Publishes until cancelled."""
        while True:
            self._wake.clear()
            while await self.flush():
                pass
            if self._pause_s:
                await self._shed()
                await self._clock.sleep(self._pause_s)
                continue
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Tells what has happened until now, and then nothing more: the next leader tells the rest.

        A process that ends in order so leaves no event that is published and not yet deleted; one that is killed may
        leave a batch of them, which is then told twice.
        """
        while await self.flush():
            pass
        self._ended = True

    async def flush(self) -> bool:
        """Publishes the oldest events one after the other. True when there may be more to publish now."""
        async with self._flushing:  # two at once would both tell what neither has deleted yet
            return not self._ended and await self._flush()

    async def _flush(self) -> bool:
        async with self._store.database.reading() as c:  # what is not committed has not happened
            events = await store_outbox.head(c, _BATCH)
        told: list[int] = []
        taken = True
        for seq, name, correlation, body in events:
            taken = await self._one(name, body, correlation)
            if not taken:
                break
            told.append(seq)
        if told:
            async with self._store.transaction() as c:
                await store_outbox.delete(c, told)
        if taken:
            self._pause_s = 0.0
        else:
            self._pause_s = min(_LONGEST_PAUSE_S, self._pause_s * 2 or _FIRST_PAUSE_S)
        return taken and len(events) == _BATCH

    async def _one(self, name: str, body: bytes, correlation: str | None) -> bool:
        try:
            await self._publisher.publish(kind(name), store_outbox.decoded(body), Envelope(correlation_id=correlation))
        except (PublishRefused, BrokerUnavailable, Unroutable) as error:
            if not self._pause_s:
                log.warning("outbox.waits", kind=name, error=str(error)[:300])
            return False
        return True

    async def _shed(self) -> None:
        async with self._store.transaction() as c:
            dropped = await store_outbox.shed(c, self._limit)
        for name, number in dropped.items():
            DROPPED.labels(name).inc(number)
            log.error(
                "outbox.dropped", kind=name, events=number, remedy="status_api must take status.record's messages"
            )
