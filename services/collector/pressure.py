"""Back-pressure: when results cannot be published, the collector stops taking work and hands back what it has.

Up to `pause_after_s` requests simply stay unacked. After that the consumers are paused, waiting requests and those
whose results are kept go back to their queue (another collector may be luckier), and once all kept results are
published, work is taken again. Meanwhile the queues fill, and the scheduler sees it.
"""

import asyncio
from collections.abc import Sequence

import structlog

from services.collector import metrics
from services.collector.results import Results
from services.collector.slots import Slots
from shared.broker.consumer import Consumer

log = structlog.get_logger(__name__)

_LOOK_S = 0.5


class Pressure:
    """Watches the results; `is_paused` is for the beat."""

    def __init__(self, results: Results, slots: Slots, consumers: Sequence[Consumer], pause_after_s: float) -> None:
        self._results, self._slots, self._consumers = results, slots, consumers
        self._pause_after_s = pause_after_s
        self.is_paused = False

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            await asyncio.sleep(min(_LOOK_S, self._pause_after_s / 4))
            if self._results.oldest_s() > self._pause_after_s:
                await self._pause()

    async def _pause(self) -> None:
        self._set(paused=True)
        log.warning(
            "collector.paused",
            results_kept=len(self._results),
            remedy="find out why status.record takes nothing: is status_api running, is the broker up?",
        )
        self._slots.close()
        for consumer in self._consumers:
            await consumer.pause()
        self._results.let_go()
        await self._results.emptied()
        self._results.hold_on()
        if any(consumer.stopping.is_set() for consumer in self._consumers):
            return
        self._slots.open()
        for consumer in self._consumers:
            await consumer.resume()
        self._set(paused=False)
        log.info("collector.resumed")

    def _set(self, *, paused: bool) -> None:
        self.is_paused = paused
        metrics.PAUSED.set(paused)
