"""The hard limit: a thread that watches the event loop and the oldest handler.

A loop that does not turn, or a handler that outlives every deadline, cannot be helped from inside: the stacks are
dumped, the process ends with status 70, the supervisor restarts it and the broker delivers again.
"""

import asyncio
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable

from shared.metrics import LOOP_LAG_SECONDS

EXIT_STUCK = 70  # EX_SOFTWARE
_TICK_S = 1.0


class Watchdog:
    """Watches one loop. `oldest_handler_s` is asked from the watching thread and must only read."""

    def __init__(self, limit_s: float, oldest_handler_s: Callable[[], float]) -> None:
        self._limit_s, self._oldest_handler_s = limit_s, oldest_handler_s
        self._last_tick = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def stuck(self) -> str:
        """Why the process counts as stuck; empty while it does not."""
        still = time.monotonic() - self._last_tick
        if still > self._limit_s:
            return f"the event loop has not turned for {still:.0f} s"
        try:
            age = self._oldest_handler_s()
        except RuntimeError:  # the set of handlers changed while it was read: so the loop turns
            return ""
        return f"a handler has been running for {age:.0f} s" if age > self._limit_s else ""

    async def tick(self) -> None:
        """Runs in the loop and says so."""
        self._thread.start()
        try:
            while True:
                due = time.monotonic() + _TICK_S
                await asyncio.sleep(_TICK_S)
                self._last_tick = time.monotonic()
                LOOP_LAG_SECONDS.set(max(0.0, self._last_tick - due))
        finally:
            self._ended.set()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._ended.wait(_TICK_S):
            now = time.monotonic()
            if now - before > 5 * _TICK_S:
                # The whole process (or machine) was asleep: a SIGSTOP is not the loop's fault.
                self._last_tick = now
            before = now
            if reason := self.stuck():
                sys.stderr.write(f"watchdog: {reason}: the process ends itself with status {EXIT_STUCK}\n")
                faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
                sys.stderr.flush()
                os._exit(EXIT_STUCK)
