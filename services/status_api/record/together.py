"""Writing together: what several messages bring at nearly the same time becomes one transaction.

What comes after a pause is written at once. While much comes, a transaction begins at most every PACE_S, so that their
number does not grow with that of the messages; sooner only where enough waits. What is written stands in the order in
which it was handed in.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

PACE_S = 0.1
ENOUGH = 25  # messages; half of what the broker hands over at a time
ENOUGH_ROWS, MOST_ROWS = 300, 1000  # a transaction of some ten milliseconds: others write too

W = TypeVar("W")


class Together(Generic[W]):
    """Hands what is added to `write`, several at a time. Bounded by those who wait for `add`: a queue's prefetch."""

    def __init__(self, write: Callable[[list[W]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[tuple[W, int, asyncio.Future[None]]] = []
        self._rows = 0
        self._enough = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._begun = float("-inf")

    async def add(self, work: W, rows: int) -> None:
        """Returns when `work` is written. Raises what writing it raised. `rows`: how much it is, roughly."""
        told = asyncio.get_running_loop().create_future()
        self._waiting.append((work, rows, told))
        self._rows += rows
        if len(self._waiting) >= ENOUGH or self._rows >= ENOUGH_ROWS:
            self._enough.set()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        await told

    async def _run(self) -> None:
        while self._waiting:
            await self._pause()
            some = self._take()
            try:
                await self._write_all(some)
            finally:
                for _, told in some:
                    if not told.done():  # this task was cancelled: the process ends
                        told.cancel()

    async def _pause(self) -> None:
        clock = asyncio.get_running_loop().time
        if (rest := self._begun + PACE_S - clock()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._enough.wait()
        self._begun = clock()

    def _take(self) -> list[tuple[W, asyncio.Future[None]]]:
        taken: list[tuple[W, asyncio.Future[None]]] = []
        rows = n = 0
        for work, more, told in self._waiting:
            if taken and rows + more > MOST_ROWS:
                break
            n, rows = n + 1, rows + more
            if not told.cancelled():  # whoever handed it in does not wait any more, and gets it again
                taken.append((work, told))
        del self._waiting[:n]
        self._rows -= rows
        if len(self._waiting) < ENOUGH and self._rows < ENOUGH_ROWS:
            self._enough.clear()
        return taken

    async def _write_all(self, some: list[tuple[W, asyncio.Future[None]]]) -> None:
        """All together; where that fails, each by itself, so that one does not fail the others."""
        if not some:
            return
        error = await self._try([work for work, _ in some])
        if error is None or len(some) == 1 or isinstance(error, sqlite3.OperationalError):
            # Where the database cannot be written, the next one would only wait as long.
            for _, told in some:
                _tell(told, error)
            return
        log.warning("record.one_by_one", messages=len(some), error=repr(error)[:300])
        for work, told in some:
            _tell(told, await self._try([work]))

    async def _try(self, works: list[W]) -> Exception | None:
        try:
            await self._write(works)
        except Exception as error:  # noqa: BLE001 - whoever waits raises it
            return error
        return None


def _tell(told: asyncio.Future[None], error: Exception | None) -> None:
    if told.done():
        return
    if error is None:
        told.set_result(None)
    else:
        told.set_exception(error)
