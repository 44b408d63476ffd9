"""polls.started: told in batches, fire and forget. A start that cannot be told is dropped: the result says more."""

import asyncio
from collections import deque

import structlog

from services.collector import metrics
from shared.broker.publisher import Publisher
from shared.errors import PrintsweepError
from shared.messages.base import now
from shared.messages.kinds import kind
from shared.messages.polls import BATCH

log = structlog.get_logger(__name__)

FLUSH_S = 0.1
MOST_WAITING = 5000
TIMEOUT_S = 2.0


class Started:
    """Collects poll ids and publishes them."""

    def __init__(self, publisher: Publisher, collector: str) -> None:
        self._publisher, self._collector = publisher, collector
        self._ids: deque[str] = deque()
        self._some = asyncio.Event()

    def add(self, poll_id: str) -> None:
        """Notes a start."""
        if len(self._ids) >= MOST_WAITING:
            self._ids.popleft()
            metrics.STARTED_DROPPED.inc()
        self._ids.append(poll_id)
        self._some.set()

    async def run(self) -> None:
        """Publishes until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(FLUSH_S)
            self._some.clear()
            while self._ids:
                await self._publish([self._ids.popleft() for _ in range(min(BATCH, len(self._ids)))])

    async def _publish(self, ids: list[str]) -> None:
        body = {"collector": self._collector, "at": now().isoformat(), "polls": ids}
        try:
            await self._publisher.publish(kind("polls.started"), body, timeout_s=TIMEOUT_S)
        except PrintsweepError as error:
            metrics.STARTED_DROPPED.inc(len(ids))
            log.debug("started.dropped", polls=len(ids), error=str(error))
