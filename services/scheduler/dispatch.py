"""Publishing: one lane for each site and lane, each at its own pace, so that a full queue makes nobody else wait."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import structlog

from services.scheduler import store_polls
from services.scheduler.clock import Clock, instant, stamp
from services.scheduler.metrics import REFUSALS
from services.scheduler.rate import Rate
from services.scheduler.settings import SchedulerSettings
from services.scheduler.store import Store
from services.scheduler.store_polls import Poll
from services.scheduler.sweeps import Sweeps
from shared.broker.publisher import WINDOW, Publisher
from shared.errors import BrokerUnavailable, PrintsweepError, PublishRefused, Unroutable
from shared.messages.envelope import Envelope
from shared.messages.kinds import kind
from shared.messages.polls import BATCH

log = structlog.get_logger(__name__)

_REQUEST = kind("poll.request")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 10.0
_LOOK_S = 5.0


class Outcome(Enum):
    """What the broker made of one publish."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNROUTABLE = "unroutable"
    UNKNOWN = "unknown"  # no confirm came: published again under the same poll id, receivers are idempotent


class Dispatcher:
    """Runs a lane wherever polls wait. `wake` says that there may be more."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        sweeps: Sweeps,
        settings: SchedulerSettings,
        clock: Clock,
    ) -> None:
        self._store, self._publisher, self._sweeps = store, publisher, sweeps
        self._settings, self._clock = settings, clock
        self._rate = Rate(settings.scheduler_max_polls_per_second, clock)
        self._wake = asyncio.Event()
        self._lanes: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """Polls may have come."""
        self._wake.set()

    async def run(self) -> None:
        """Publishes what waits, until cancelled."""
        try:
            while True:
                self._wake.clear()
                if not self._stopping.is_set():
                    await self._start_lanes()
                wake = asyncio.create_task(self._wake.wait())
                try:
                    await asyncio.wait(
                        [wake, *self._lanes.values()], timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    wake.cancel()
                self._reap()
        finally:
            await self._cancel()

    async def _start_lanes(self) -> None:
        async with self._store.database.reading() as c:  # what is not committed must not be published
            found = await store_polls.lanes(c)
        for site, lane in found:
            if (site, lane) not in self._lanes:
                self._lanes[site, lane] = asyncio.create_task(self._lane(site, lane).run(), name=f"{site}.{lane}")

    def _lane(self, site: str, lane: str) -> "_Lane":
        return _Lane(
            site,
            lane,
            self._store,
            self._publisher,
            self._sweeps,
            self._settings,
            self._clock,
            self._rate,
            self._stopping,
        )

    def _reap(self) -> None:
        for key, task in list(self._lanes.items()):
            if task.done():
                del self._lanes[key]
                self._wake.set()  # polls may have come just when it ended
                task.result()

    async def _cancel(self) -> None:
        tasks, self._lanes = list(self._lanes.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self, timeout_s: float) -> None:
        """Begins no further window and waits for the ones that are under way to be confirmed and noted."""
        self._stopping.set()
        if self._lanes:
            await asyncio.wait(list(self._lanes.values()), timeout=timeout_s)


class _Lane:
    """The polls that wait for one queue. Ends when none is left."""

    def __init__(
        self,
        site: str,
        lane: str,
        store: Store,
        publisher: Publisher,
        sweeps: Sweeps,
        settings: SchedulerSettings,
        clock: Clock,
        rate: Rate,
        stopping: asyncio.Event,
    ) -> None:
        self._site, self._name = site, lane
        self._store, self._publisher, self._sweeps = store, publisher, sweeps
        self._settings, self._clock, self._rate = settings, clock, rate
        self._stopping = stopping
        self._window = WINDOW
        self._pause_s = 0.0
        self._trouble = ""  # why the last window was not taken: the reason of a refusal

    async def run(self) -> None:
        while not self._stopping.is_set():
            size = self._rate.chunk(self._window)
            async with self._store.database.reading() as c:
                polls = await store_polls.waiting(c, self._site, self._name, size)
            if not polls:
                return
            # Patience is the same for all of a lane: whose has ended stand first.
            if polls[0].refuse_at <= stamp(self._refused_at()):
                await self._refuse_overdue()
                continue
            await self._rate.take(self._site, len(polls))
            await self._publish(polls)
            if self._pause_s:
                await self._rest(polls[0])

    async def _rest(self, first: Poll) -> None:
        """Waits before the full queue is tried again, but not longer than the first poll's patience."""
        until = instant(first.refuse_at)
        left = (until - self._clock.now()).total_seconds()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(self._pause_s, max(left, 0.05))):
                await self._stopping.wait()

    def _refused_at(self) -> datetime:
        """What was to be refused by then is refused now."""
        # Without trouble (a limit of polls per second, a scheduler that was away) there is no reason to refuse yet:
        # twice the patience is allowed.
        at = self._clock.now()
        return at if self._trouble else at - timedelta(seconds=self._settings.patience_s(self._name))

    async def _refuse_overdue(self) -> None:
        at = self._refused_at()
        while True:
            async with self._store.database.reading() as c:
                polls = await store_polls.overdue(c, self._site, self._name, at, BATCH)
            if not polls:
                return
            reason = self._trouble or "broker_unavailable"
            await self._sweeps.refuse(polls, reason)
            log.warning(
                "polls.refused",
                site=self._site,
                lane=self._name,
                polls=len(polls),
                reason=reason,
                remedy="start collectors for this site, or more of them" if reason == "queue_full" else "none needed",
            )

    async def _publish(self, polls: list[Poll]) -> None:
        at = self._clock.now()
        sorted_out: dict[Outcome, list[Poll]] = {outcome: [] for outcome in Outcome}
        errors = await self._publisher.publish_many(_REQUEST, self._requests(polls, at))
        for poll, error in zip(polls, errors, strict=True):
            sorted_out[_outcome(error)].append(poll)
        if taken := sorted_out[Outcome.TAKEN]:
            await self._sweeps.requested(taken, at, self._name)
        if lost := sorted_out[Outcome.UNROUTABLE]:
            await self._sweeps.refuse(lost, "no_queue_for_site")
            log.warning(
                "polls.unroutable",
                site=self._site,
                lane=self._name,
                polls=len(lost),
                remedy="name the site in PRINTSWEEP_SITES and run `printsweep topology apply`, or correct the printers",
            )
        self._adapt(len(sorted_out[Outcome.REFUSED]), len(sorted_out[Outcome.UNKNOWN]))

    def _adapt(self, refused: int, unknown: int) -> None:
        """A full queue is tried with one poll at a time, ever more seldom; once it takes polls the window grows."""
        if refused or unknown:
            if refused and self._trouble != "queue_full":
                log.warning("lane.full", site=self._site, lane=self._name, waiting="until the queue has drained")
            REFUSALS.labels(self._site, self._name).inc(refused)
            self._trouble = "queue_full" if refused else "broker_unavailable"
            self._window = 1
            self._pause_s = min(_LONGEST_PAUSE_S, self._pause_s * 2 or _FIRST_PAUSE_S)
        else:
            self._trouble = ""
            self._window = min(WINDOW, self._window * 4)
            self._pause_s = 0.0

    def _requests(self, polls: list[Poll], at: datetime) -> list[tuple[dict[str, Any], Envelope]]:
        requested_at, budget_s = stamp(at), self._settings.scheduler_budget_s
        envelopes = {origin: Envelope(correlation_id=origin) for origin in {p.sweep_id or p.order_id for p in polls}}
        return [
            (
                {
                    "poll_id": poll.poll_id,
                    "printer_id": poll.printer_id,
                    "address": poll.address,
                    "port": poll.port,
                    "profile": poll.profile,
                    "site": poll.site,
                    "lane": poll.lane,
                    "sweep_id": poll.sweep_id,
                    "requested_at": requested_at,
                    "budget_s": budget_s,
                    "failing": poll.failing,
                },
                envelopes[poll.sweep_id or poll.order_id],
            )
            for poll in polls
        ]


def _outcome(error: PrintsweepError | None) -> Outcome:
    """Raises the error where it is none of those that a publish ends with."""
    match error:
        case None:
            return Outcome.TAKEN
        case PublishRefused():
            return Outcome.REFUSED
        case Unroutable():
            return Outcome.UNROUTABLE
        case BrokerUnavailable():
            return Outcome.UNKNOWN
        case _:
            raise error
