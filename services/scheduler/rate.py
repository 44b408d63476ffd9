"""The limit of polls per second of each site."""

from services.scheduler.clock import Clock


class Rate:
    """Spaces publishes: one schedule per site, shared by its lanes. Bounded by the number of sites."""

    def __init__(self, per_second: float, clock: Clock) -> None:
        self._per_second, self._clock = per_second, clock
        self._free_at: dict[str, float] = {}

    def chunk(self, wanted: int) -> int:
        """How many to publish at a time, so that a lane of the same site waits half a second at most for its turn."""
        return min(wanted, max(1, int(self._per_second / 2))) if self._per_second else wanted

    async def take(self, site: str, polls: int) -> None:
        """Waits until `polls` more may be published to `site`."""
        if not self._per_second:
            return
        now = self._clock.monotonic()
        begin = max(now, self._free_at.get(site, now))
        self._free_at[site] = begin + polls / self._per_second
        await self._clock.sleep(begin - now)
