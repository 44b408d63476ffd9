"""The daily GLPI pass: asked for at a local time, once a day, made good where the scheduler was away at that time."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from services.scheduler.clock import Clock
from services.scheduler.planner import pass_id_of
from services.scheduler.store import Store, get_meta, set_meta
from shared.broker.publisher import Publisher
from shared.errors import BrokerUnavailable, PublishRefused, Unroutable
from shared.messages.kinds import kind

log = structlog.get_logger(__name__)

_DATE = "glpi_date"
_AGAIN_S = 60.0


class Nightly:
    """Publishes glpi.reconcile. `at` is HH:MM; `next_at` is known once `run` has begun."""

    def __init__(self, store: Store, publisher: Publisher, at: str, zone: ZoneInfo, clock: Clock) -> None:
        self._store, self._publisher, self._zone, self._clock = store, publisher, zone, clock
        self._at = time.fromisoformat(at)
        self.next_at: datetime | None = None

    async def run(self) -> None:
        """Asks every day until cancelled."""
        while True:
            asked = await self.ask_if_due()
            now = self._clock.now()
            self.next_at = self._after(now)
            await self._clock.sleep_until(self.next_at if asked else now + timedelta(seconds=_AGAIN_S))

    async def ask_if_due(self) -> bool:
        """Publishes today's pass if its time has come and it was not asked for yet. False when that failed."""
        now = self._clock.now()
        today = now.astimezone(self._zone).date().isoformat()
        async with self._store.transaction() as c:
            last = await get_meta(c, _DATE)
            if last is None and now >= self._instant(now):
                # The first start of all, after today's time: the first pass is tomorrow's.
                await set_meta(c, _DATE, today)
                return True
        if now < self._instant(now) or (last is not None and last >= today):
            return True
        body = {"pass_id": pass_id_of(today), "requested_by": "scheduler"}
        try:
            await self._publisher.insist(kind("glpi.reconcile"), body)
        except (BrokerUnavailable, PublishRefused, Unroutable) as error:
            log.warning("glpi.not_asked", date=today, error=str(error)[:300])
            return False
        async with self._store.transaction() as c:
            await set_meta(c, _DATE, today)
        log.info("glpi.asked", date=today, pass_id=body["pass_id"])
        return True

    def _instant(self, now: datetime) -> datetime:
        """Today's time. Where the clock jumps over it, it is as much later; where it comes twice, the first."""
        return datetime.combine(now.astimezone(self._zone).date(), self._at, self._zone)

    def _after(self, now: datetime) -> datetime:
        today = self._instant(now)
        return today if today > now else self._instant(now + timedelta(days=1))
