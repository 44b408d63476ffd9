"""Results on their way out: polls.finished in batches, insisted on until confirmed; then polls.closed; then the
requests may be acked.

Nothing is dropped here. While the broker refuses or is away, results are kept; there are never more of them than
requests in flight, because nobody takes new work meanwhile (see pressure.py).
"""

import asyncio
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog

from services.collector import metrics
from shared.broker.publisher import Publisher
from shared.errors import PrintsweepError
from shared.messages.base import now
from shared.messages.kinds import Kind, kind
from shared.messages.polls import RESULTS

log = structlog.get_logger(__name__)

FLUSH_S = 0.05
INSIST_S = 10.0  # then it is logged, and insisted on again
MOST_OCTETS = 4 * 1024 * 1024  # of a batch, give or take one result
MOST_REMEMBERED = 20_000
REMEMBER_S = 600.0


@dataclass(slots=True, eq=False)
class Kept:
    """One result. `told` ends with True once it is published, with False when its request must not wait for that."""

    poll_id: str
    body: bytes
    closed: dict[str, Any]
    told: "asyncio.Future[bool]"
    since: float = field(default_factory=time.monotonic)


class Results:
    """The outbox of one collector. `run` publishes; `add` and `recall` are for the handlers."""

    def __init__(self, publisher: Publisher, collector: str) -> None:
        self._publisher, self._collector = publisher, collector
        self._waiting: deque[Kept] = deque()
        self._kept: dict[str, Kept] = {}  # by poll id: waiting or being sent
        self._published: OrderedDict[str, float] = OrderedDict()
        self._changed = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._holding = False
        self.done = 0

    def __len__(self) -> int:
        return len(self._kept)

    def oldest_s(self) -> float:
        """How long the oldest unpublished result has been waiting; 0 where none is."""
        return time.monotonic() - next(iter(self._kept.values())).since if self._kept else 0.0

    def was_published(self, poll_id: str) -> bool:
        """Whether this poll's result went out a short while ago."""
        at = self._published.get(poll_id)
        return at is not None and time.monotonic() - at < REMEMBER_S

    def recall(self, poll_id: str) -> Kept | None:
        """The unpublished result of a poll that was handed back, when its request comes again."""
        kept = self._kept.get(poll_id)
        if kept is not None and kept.told.done() and not self._holding:
            kept.told = asyncio.get_running_loop().create_future()
        return kept

    def add(self, poll_id: str, body: bytes, closed: dict[str, Any]) -> Kept:
        """Takes a result: `body` is a PollResult as JSON, `closed` a PollClosed."""
        kept = Kept(poll_id, body, closed, asyncio.get_running_loop().create_future())
        if self._holding:
            kept.told.set_result(False)
        self._kept[poll_id] = kept
        self._waiting.append(kept)
        self._empty.clear()
        self._changed.set()
        metrics.RESULTS_WAITING.set(len(self._kept))
        return kept

    def let_go(self) -> None:
        """From now on no request waits for its result: they are handed back, the results are kept."""
        self._holding = True
        for kept in self._kept.values():
            if not kept.told.done():
                kept.told.set_result(False)

    def hold_on(self) -> None:
        """Requests wait for their results again."""
        self._holding = False

    async def emptied(self) -> None:
        """Waits until everything is published."""
        await self._empty.wait()

    async def run(self) -> None:
        """Publishes until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if len(self._waiting) < RESULTS:
                await asyncio.sleep(FLUSH_S)
            while self._waiting:
                await self._send(self._batch())

    def _batch(self) -> list[Kept]:
        """The next results: at most RESULTS of them, and of a size that every receiver takes."""
        batch: list[Kept] = []
        size = 0
        while self._waiting and len(batch) < RESULTS and size < MOST_OCTETS:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].body)
        return batch

    async def _send(self, batch: list[Kept]) -> None:
        results = [orjson.Fragment(kept.body) for kept in batch]
        await self._insist(kind("polls.finished"), {"collector": self._collector, "results": results}, len(batch))
        closed = [kept.closed for kept in batch]
        body = {"collector": self._collector, "at": now().isoformat(), "polls": closed}
        await self._insist(kind("polls.closed"), body, len(batch))
        at = time.monotonic()
        for kept in batch:
            self._kept.pop(kept.poll_id, None)
            self._published[kept.poll_id] = at
            if not kept.told.done():
                kept.told.set_result(True)
        while len(self._published) > MOST_REMEMBERED:
            self._published.popitem(last=False)
        self.done += len(batch)
        metrics.RESULTS_WAITING.set(len(self._kept))
        if not self._kept:
            self._empty.set()

    async def _insist(self, what: Kind, body: dict[str, Any], polls: int) -> None:
        while True:
            try:
                await self._publisher.insist(what, body, give_up_after_s=INSIST_S)
            except PrintsweepError as error:
                # Also unroutable: the exchange or its queue may be being made anew. Results are never thrown away.
                log.warning("results.not_published", kind=what.name, polls=polls, error=str(error))
                await asyncio.sleep(1.0)
            else:
                return
