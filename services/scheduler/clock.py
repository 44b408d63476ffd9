"""The clock that everything here asks, so that tests can turn it."""

import asyncio
import time
from datetime import UTC, datetime

_LONGEST_NAP_S = 2.0  # a wall clock that is set, or a machine that slept, is noticed after this time


class Clock:
    """Real time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(max(0.0, seconds))

    async def sleep_until(self, instant: datetime) -> None:
        """Waits until the wall clock shows `instant`, in short naps."""
        while (left := (instant - self.now()).total_seconds()) > 0:
            await self.sleep(min(left, _LONGEST_NAP_S))


def stamp(instant: datetime) -> str:
    """An instant as the text that is stored: UTC, milliseconds, so that texts sort like instants."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")


def instant(text: str) -> datetime:
    """The instant of a stored text."""
    return datetime.fromisoformat(text)
