"""A clock that stands still until a test turns it."""

import asyncio
from datetime import UTC, datetime, timedelta

from services.scheduler.clock import Clock


class FakeClock(Clock):
    """Begins at `start`. Sleepers wake when `advance` has passed their time."""

    def __init__(self, start: datetime = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)) -> None:
        self._now, self._begin = start, start
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._begin).total_seconds()

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self._now + timedelta(seconds=max(0.0, seconds)), woken))
        if seconds <= 0:
            woken.set()
        await woken.wait()

    def set(self, now: datetime) -> None:
        """Turns to an instant and wakes whoever waited for it."""
        self._now = now
        for at, woken in self._sleepers:
            if at <= now:
                woken.set()
        self._sleepers = [(at, woken) for at, woken in self._sleepers if not woken.is_set()]

    def advance(self, **by: float) -> None:
        """Turns on by timedelta's arguments."""
        self.set(self._now + timedelta(**by))
