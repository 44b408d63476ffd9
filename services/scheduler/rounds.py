"""The loop of slots: fires each in its time, makes good what was missed, once."""

from datetime import datetime, timedelta

import structlog

from services.scheduler.clock import Clock, instant, stamp
from services.scheduler.metrics import LAST_SLOT, NEXT_SLOT
from services.scheduler.settings import SchedulerSettings
from services.scheduler.slots import Calendar, due
from services.scheduler.store import Store, drop_meta, get_meta, set_meta
from services.scheduler.sweeps import Sweeps

log = structlog.get_logger(__name__)

_TOLERANCE_S = 30.0  # a slot that fires later than this (or a quarter of the interval) after its time was missed


class Rounds:
    """Fires slots. `next_slot` is known once `run` has begun."""

    def __init__(
        self, store: Store, sweeps: Sweeps, calendar: Calendar, settings: SchedulerSettings, clock: Clock
    ) -> None:
        self._store, self._sweeps, self._calendar, self._clock = store, sweeps, calendar, clock
        self._tolerance_s = min(_TOLERANCE_S, settings.interval_s / 4)
        self.next_slot: datetime | None = None

    async def run(self) -> None:
        """Fires slots until cancelled."""
        while True:
            await self.fire()
            await self._clock.sleep_until(self.next_slot or self._clock.now())

    async def fire(self) -> None:
        """Opens the sweep of the slot that is due, if one is, and works out the next."""
        now = self._clock.now()
        last = await self._last(now)
        found = due(self._calendar, last, now, self._tolerance_s)
        if found is not None:
            if found.missed:
                log.warning("slots.missed", missed=found.missed, last=stamp(last), made_good=stamp(found.slot))
            await self._sweeps.open_slot(found)
            last = found.slot
        self.next_slot = self._calendar.next_after(last)
        LAST_SLOT.set(last.timestamp())
        NEXT_SLOT.set(self.next_slot.timestamp())

    async def _last(self, now: datetime) -> datetime:
        """The last slot that fired. The very first time there is none: slots count from now on."""
        async with self._store.transaction() as c:
            text = await get_meta(c, "last_slot_at") or await get_meta(c, "slots_since")
            if text is not None and instant(text) <= now + timedelta(minutes=1):
                return instant(text)
            if text is not None:
                # The wall clock was wrong then, or is now: waiting for that instant could take for ever.
                log.error("slots.clock_went_back", last_slot_at=text, now=stamp(now), remedy="check the host's clock")
                await drop_meta(c, "last_slot_at")
            await set_meta(c, "slots_since", stamp(now))
            return now
