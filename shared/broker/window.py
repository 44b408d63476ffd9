"""How many messages may be in flight: first come, first served."""

import asyncio
from collections import deque


class Window:
    """Room for `size` messages."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._waiting: deque[asyncio.Future[None]] = deque()  # bounded by the callers, each of which has a timeout

    async def take(self, most: int) -> int:
        """Waits until there is room; returns for how many, at least one and at most `most`."""
        if self._waiting or not self._free:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._waiting.remove(turn)
                self._wake()
                raise
            self._waiting.popleft()
        taken = min(self._free, most)
        self._free -= taken
        self._wake()
        return taken

    def give(self, room: int) -> None:
        """Gives back what was taken."""
        self._free += room
        self._wake()

    def _wake(self) -> None:
        # Who is woken stays first in the queue until it runs: nobody who comes meanwhile gets in before it.
        if self._free and self._waiting and not self._waiting[0].done():
            self._waiting[0].set_result(None)
