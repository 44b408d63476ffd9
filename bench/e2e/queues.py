"""Queue depths over time, by passive declarations: what waits in a queue (not what consumers already hold)."""

import asyncio
import time
from types import TracebackType
from typing import Self

import aio_pika

EVERY_S = 0.5
MOST_SAMPLES = 1200


class Depths:
    """Samples the named queues while it is entered; `samples` are (seconds since begin, depth per queue)."""

    def __init__(self, url: str, queues: tuple[str, ...]) -> None:
        self._url, self.queues = url, queues
        self.samples: list[tuple[float, tuple[int, ...]]] = []

    async def __aenter__(self) -> Self:
        self._connection = await aio_pika.connect(self._url)
        self._channel = await (await self._connection.channel()).get_underlay_channel()
        self._begun = time.monotonic()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._connection.close()

    async def _run(self) -> None:
        while len(self.samples) < MOST_SAMPLES:
            at = time.monotonic() - self._begun
            depths = [(await self._channel.queue_declare(q, passive=True)).message_count or 0 for q in self.queues]
            self.samples.append((at, tuple(depths)))
            await asyncio.sleep(EVERY_S)

    def told(self, points: int = 12) -> list[tuple[float, tuple[int, ...]]]:
        """At most so many samples, evenly taken."""
        step = max(1, -(-len(self.samples) // points))
        return self.samples[::step]

    def most(self) -> tuple[int, ...]:
        """The deepest that each queue was."""
        return tuple(max((d[i] for _, d in self.samples), default=0) for i in range(len(self.queues)))
