"""polls.started: told in batches, fire and forget, of polls that take a while. The result says more: a start that
cannot be told is dropped, and so is that of a poll that has ended meanwhile.
"""

import asyncio
from itertools import islice

import structlog

from services.collector import metrics
from shared.broker.publisher import Publisher
from shared.errors import PrintsweepError
from shared.messages.base import now
from shared.messages.kinds import kind
from shared.messages.polls import BATCH

log = structlog.get_logger(__name__)

FLUSH_S = 0.5  # most polls end sooner
MOST_WAITING = 5000
TIMEOUT_S = 2.0


class Started:
    """Collects poll ids and publishes them."""

    def __init__(self, publisher: Publisher, collector: str) -> None:
        self._publisher, self._collector = publisher, collector
        self._ids: dict[str, None] = {}  # in their order
        self._some = asyncio.Event()

    def add(self, poll_id: str) -> None:
        """Notes a start."""
        if len(self._ids) >= MOST_WAITING:
            del self._ids[next(iter(self._ids))]
            metrics.STARTED_DROPPED.inc()
        self._ids[poll_id] = None
        self._some.set()

    def ended(self, poll_id: str) -> None:
        """There is a result, or there will be none: the start is no news any more."""
        self._ids.pop(poll_id, None)

    async def run(self) -> None:
        """Publishes until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(FLUSH_S)
            self._some.clear()
            while self._ids:
                told = list(islice(self._ids, BATCH))
                for poll_id in told:
                    del self._ids[poll_id]
                await self._publish(told)

    async def _publish(self, ids: list[str]) -> None:
        body = {"collector": self._collector, "at": now().isoformat(), "polls": ids}
        try:
            await self._publisher.publish(kind("polls.started"), body, timeout_s=TIMEOUT_S)
        except PrintsweepError as error:
            metrics.STARTED_DROPPED.inc(len(ids))
            log.debug("started.dropped", polls=len(ids), error=str(error))
