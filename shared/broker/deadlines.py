"""The soft limit of handlers: one timer for all, because all of a queue have the same limit."""

import asyncio


class Deadlines:
    """Cancels tasks that are between `begin` and `end` for longer than `limit_s` seconds."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._running: dict[asyncio.Task[None], float] = {}  # task → loop time of its end, the first to end first
        self._late: set[asyncio.Task[None]] = set()  # cancelled here, and not yet ended
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, task: asyncio.Task[None]) -> None:
        """From now on the task, which is the current one, is bounded."""
        loop = asyncio.get_running_loop()
        self._running[task] = loop.time() + self._limit_s
        if self._timer is None:
            self._timer = loop.call_later(self._limit_s, self._look)

    def end(self, task: asyncio.Task[None]) -> bool:
        """The task is bounded no more. True, once, where it was cancelled here and by nobody else beside."""
        self._running.pop(task, None)
        if task not in self._late:
            return False
        self._late.remove(task)
        return task.uncancel() == 0

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        now = loop.time()
        while self._running:
            task, due = next(iter(self._running.items()))
            if due > now:
                self._timer = loop.call_at(due, self._look)
                return
            del self._running[task]
            self._late.add(task)
            task.cancel()
