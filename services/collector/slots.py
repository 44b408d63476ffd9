"""Places for printers that are being read: bounded, some of them kept for urgent polls."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator

from services.collector.errors import NotStarted
from shared.words import Lane

_Turn = asyncio.Future[None]


class Slots:
    """`total` places; routine polls take at most `total - reserve` of them, so that one where a person waits never
    stands behind a full house of scheduled ones. Who waits is bounded by the consumers' prefetch.
    """

    def __init__(self, total: int, reserve: int) -> None:
        self._total, self._routine_most = total, max(1, total - reserve)
        self._routine = self._urgent = 0
        self._waiting: dict[Lane, deque[_Turn]] = {Lane.URGENT: deque(), Lane.ROUTINE: deque()}
        self._closed = False

    @property
    def taken(self) -> int:
        """How many are being read."""
        return self._routine + self._urgent

    @contextlib.asynccontextmanager
    async def place(self, lane: Lane) -> AsyncIterator[None]:
        """A place for one poll. Raises NotStarted while closed, also for those who wait."""
        await self._enter(lane)
        try:
            yield
        finally:
            self._count(lane, -1)
            self._admit()

    async def _enter(self, lane: Lane) -> None:
        if self._closed:
            raise NotStarted
        if not self._waiting[lane] and self._has_room(lane):
            self._count(lane, 1)
            return
        turn: _Turn = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._count(lane, -1)
                self._admit()
            raise

    def _has_room(self, lane: Lane) -> bool:
        if self.taken >= self._total:
            return False
        return lane is Lane.URGENT or self._routine < self._routine_most

    def _count(self, lane: Lane, by: int) -> None:
        if lane is Lane.URGENT:
            self._urgent += by
        else:
            self._routine += by

    def _admit(self) -> None:
        for lane, waiting in self._waiting.items():
            while waiting and self._has_room(lane):
                turn = waiting.popleft()
                if not turn.done():
                    self._count(lane, 1)
                    turn.set_result(None)

    def close(self) -> None:
        """Lets nobody in any more; those who wait are sent away. Who has a place keeps it."""
        self._closed = True
        for waiting in self._waiting.values():
            while waiting:
                turn = waiting.popleft()
                if not turn.done():
                    turn.set_exception(NotStarted())

    def open(self) -> None:
        """Lets in again."""
        self._closed = False
