"""What is done now and then: expiry by the clock, snapshots, forgetting, figures."""

from datetime import timedelta
from typing import Any

from services.scheduler import store_answers, store_sweeps
from services.scheduler.clock import Clock
from services.scheduler.inventory import Inventory
from services.scheduler.metrics import FIGURES
from services.scheduler.settings import SchedulerSettings
from services.scheduler.store import Store
from services.scheduler.sweeps import Sweeps
from shared.broker.consumer import Consumer

_EVERY_S = 1.0
_PRUNE_EVERY_S = 600.0
_SWEEPS_KEPT = timedelta(days=30)
_CATCH_UP_S = 10.0  # a new leader reads what came back meanwhile before it calls anything expired
_QUIET_S = 2.0


class Figures:
    """The numbers of beats and metrics, read once a second."""

    def __init__(self, store: Store, settings: SchedulerSettings) -> None:
        self._store, self._failures = store, settings.scheduler_backoff_after
        self.now: dict[str, Any] = {}

    async def read(self) -> None:
        """Reads them anew."""
        found = await store_sweeps.figures(self._store.database)
        found["backed_off"] = await store_sweeps.count_failing(self._store.database, self._failures)
        self.now = found
        for name, gauge in FIGURES.items():
            gauge.set(found[name])


class Keeping:
    """The leader's housekeeping."""

    def __init__(
        self, store: Store, sweeps: Sweeps, inventory: Inventory, consumer: Consumer, clock: Clock, wake: Any
    ) -> None:
        self._store, self._sweeps, self._inventory = store, sweeps, inventory
        self._consumer, self._clock, self._wake = consumer, clock, wake

    async def run(self) -> None:
        """Keeps house until cancelled."""
        begun = self._clock.monotonic()
        pruned: float | None = None
        while True:
            await self._snapshot()
            if self._clock.monotonic() - begun >= _CATCH_UP_S and self._is_quiet():
                while await self._sweeps.expire():
                    pass
            if pruned is None or self._clock.monotonic() - pruned >= _PRUNE_EVERY_S:
                pruned = self._clock.monotonic()
                await self._prune()
            await self._clock.sleep(_EVERY_S)

    async def _snapshot(self) -> None:
        async with self._store.database.reading() as c:
            is_due = await self._inventory.is_snapshot_due(c)
        if is_due:
            async with self._store.transaction() as c:
                await self._inventory.snapshot(c)
            self._wake()

    def _is_quiet(self) -> bool:
        """The feedback queue is connected and nothing came for a while: a result in it outranks the clock."""
        last = self._consumer.tally.last_progress
        recent = last is not None and self._clock.now().timestamp() - last < _QUIET_S
        return self._consumer.link.is_up and not recent and not self._consumer.in_flight

    async def _prune(self) -> None:
        now = self._clock.now()
        async with self._store.transaction() as c:
            await store_answers.prune(c, now)
            await store_sweeps.prune(c, now - _SWEEPS_KEPT)
