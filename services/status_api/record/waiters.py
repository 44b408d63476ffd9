"""Waiting for polls to end: futures that the recorder wakes. No polling, and a bounded number of them."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from services.status_api.errors import TooManyWaiting

MAX_WAITERS = 500


class Waiters:
    """Who waits for which polls."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._count = 0

    def ended(self, poll_ids: Iterable[str]) -> None:
        """Wakes those who wait for these polls."""
        if not self._waiting:
            return
        for poll_id in poll_ids:
            for event in self._waiting.get(poll_id, ()):
                event.set()

    def watch(self, poll_ids: Iterable[str]) -> "Watch":
        """An async context in which `next(timeout)` waits for a change of one of the polls. Raises TooManyWaiting."""
        if self._count >= MAX_WAITERS:
            raise TooManyWaiting(f"{MAX_WAITERS} requests wait for polls. Ask again without `wait`.")
        return Watch(self, list(poll_ids))

    def _add(self, poll_ids: list[str], event: asyncio.Event) -> None:
        self._count += 1
        for poll_id in poll_ids:
            self._waiting[poll_id].add(event)

    def _remove(self, poll_ids: list[str], event: asyncio.Event) -> None:
        self._count -= 1
        for poll_id in poll_ids:
            self._waiting[poll_id].discard(event)
            if not self._waiting[poll_id]:
                del self._waiting[poll_id]


class Watch:
    """One request that waits."""

    def __init__(self, waiters: Waiters, poll_ids: list[str]) -> None:
        self._waiters, self._poll_ids, self._event = waiters, poll_ids, asyncio.Event()

    async def __aenter__(self) -> "Watch":
        self._waiters._add(self._poll_ids, self._event)  # noqa: SLF001 - two halves of one thing
        return self

    async def __aexit__(self, *_: object) -> None:
        self._waiters._remove(self._poll_ids, self._event)  # noqa: SLF001

    async def next(self, timeout_s: float) -> bool:
        """True when one of the polls ended since the last call; False after `timeout_s`."""
        try:
            async with asyncio.timeout(max(0.0, timeout_s)):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True
