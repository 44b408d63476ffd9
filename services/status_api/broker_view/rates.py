"""Rates from the broker's counters: differences of our own, since its rates are those of its last sample only."""

import time
from collections import deque
from dataclasses import dataclass, field

_SPAN_S = 30.0


@dataclass(slots=True)
class QueueHistory:
    """(monotonic seconds, published, acked) of one queue over the last half minute."""

    samples: deque[tuple[float, int, int]] = field(default_factory=lambda: deque(maxlen=64))

    def add(self, published: int, acked: int) -> None:
        """Notes what the broker said. A counter that fell (the broker was restarted) begins anew."""
        now = time.monotonic()
        if self.samples and (published < self.samples[-1][1] or acked < self.samples[-1][2]):
            self.samples.clear()
        self.samples.append((now, published, acked))
        while len(self.samples) > 2 and now - self.samples[0][0] > _SPAN_S:
            self.samples.popleft()

    def _rate(self, column: int) -> float | None:
        if len(self.samples) < 2:
            return None
        first, last = self.samples[0], self.samples[-1]
        span = last[0] - first[0]
        return (last[column] - first[column]) / span if span > 0 else None

    @property
    def publish_rate(self) -> float | None:
        """Messages a second that came in."""
        return self._rate(1)

    @property
    def ack_rate(self) -> float | None:
        """Messages a second that were acked."""
        return self._rate(2)
