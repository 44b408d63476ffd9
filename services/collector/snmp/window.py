"""How many requests may be in flight: as many as the receive buffer holds replies for, fewer once it overflows."""

import asyncio
import math
from collections import deque

LEAST, FIRST = 16, 512
MOST = 20_000
# What one reply costs of the receive buffer: the kernel counts whole pages, not the datagram's length.
OCTETS_A_REPLY = 4096


class Window:
    """Grows by one a turn; halved when the receive buffer has overflown, but once a turn only.

    Timeouts say nothing here: devices are dead, asleep or lossy whatever we do.
    """

    def __init__(self, receive_buffer: int) -> None:
        self.most = max(LEAST, min(MOST, receive_buffer // OCTETS_A_REPLY))
        self.size = float(min(self.most, FIRST))
        self.in_flight = 0
        self._answers_since_cut = math.inf  # the first overflow counts at once
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        await self.enter()

    async def __aexit__(self, *_: object) -> None:
        self.leave()

    def entered(self) -> bool:
        """Enters if there is room; False where `enter` would wait."""
        if self.in_flight >= int(self.size) or self._waiting:
            return False
        self.in_flight += 1
        return True

    async def enter(self) -> None:
        """Waits for room. Whoever has entered leaves once."""
        if self.entered():
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Makes room: answered, given up, or unanswered for so long that no reply is to be expected."""
        self.in_flight -= 1
        if self._waiting:
            self._admit()

    def _admit(self) -> None:
        while self._waiting and self.in_flight < int(self.size):
            turn = self._waiting.popleft()
            if not turn.done():
                self.in_flight += 1
                turn.set_result(None)

    def answered(self) -> None:
        """A reply came."""
        if self.size < self.most:
            self.size = min(float(self.most), self.size + 1 / self.size)
        self._answers_since_cut += 1
        if self._waiting:
            self._admit()

    def overflowed(self) -> None:
        """The kernel threw replies away."""
        if self._answers_since_cut >= self.size:
            self.size = max(float(LEAST), self.size / 2)
            self._answers_since_cut = 0
