"""Who asks is told when the answer is not there soon: what it holds meanwhile is better lent to another."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Generic, Protocol, TypeVar

# A printer that is up answers in milliseconds. Over slow lines it takes longer: those polls step aside too, no harm.
PATIENCE_S = 0.02

# Called, in the event loop, once a request made in this context has been unanswered for PATIENCE_S.
ON_WAIT: ContextVar[Callable[[], None] | None] = ContextVar("on_wait", default=None)


class Waiting(Protocol):
    """`soon`: time.monotonic() by which its patience ends; infinite once nobody is to be told any more."""

    soon: float


W = TypeVar("W", bound=Waiting)


class Patience(Generic[W]):
    """Calls `tell` for each that is watched and has waited for PATIENCE_S, once; and `look`, which is to call
    `end_until`, whenever it may be time to.

    Who looks decides what "now" is: the instant up to which all that came in is known. A busy process must not take
    its own slowness for a printer's. Bounded by what is asked in one PATIENCE_S, and by what waits to be decoded.
    """

    def __init__(self, tell: Callable[[W], None], look: Callable[[], None]) -> None:
        self._tell, self._look = tell, look
        self._watched: deque[W] = deque()  # in the order of their `soon`
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, waiting: W) -> None:
        """From now on it waits."""
        waiting.soon = time.monotonic() + PATIENCE_S
        self._watched.append(waiting)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._due)

    def end_until(self, instant: float) -> None:
        """Tells all whose patience had ended by this instant of time.monotonic()."""
        watched = self._watched
        while watched:
            waiting = watched[0]
            if waiting.soon == math.inf:
                watched.popleft()
            elif waiting.soon <= instant:
                watched.popleft().soon = math.inf
                self._tell(waiting)
            else:
                break

    def _due(self) -> None:
        self._timer = None
        self._look()
        if self._watched and self._timer is None:
            left = self._watched[0].soon - time.monotonic()
            self._timer = asyncio.get_running_loop().call_later(max(PATIENCE_S / 4, left), self._due)

    def close(self) -> None:
        """Nobody is told any more."""
        self._watched.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
