"""One request → one result: who is asked, whether that is permitted, the reading or the error, and the wait until the
result is published."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import orjson
import structlog

from services.collector import metrics
from services.collector.backoff import Silent, probe
from services.collector.errors import NotPermitted, NotPublished, NotStarted, UnknownAddress, UnknownProfile
from services.collector.outcome import closed_of, encoded, result_of
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.profiles import Profile
from services.collector.results import Results
from services.collector.slots import Slots
from services.collector.snmp.errors import BudgetSpent, SnmpError
from services.collector.snmp.exchange import Exchange
from services.collector.started import Started
from services.collector.targets import Targets
from shared.broker.delivery import Delivery
from shared.messages.base import now
from shared.messages.polls import PollRequest
from shared.words import Lane, PollState

log = structlog.get_logger(__name__)

_GRACE_S = 5.0  # the reader keeps its deadline itself; this is for a bug in it
_BUG = "An error in printsweep itself, not in the printer. The collector's log has the details; please report it."


class Work:
    """Handles poll.request. `most_budget_s` bounds what a request may ask for."""

    def __init__(
        self,
        profiles: Mapping[str, Profile],
        exchange: Exchange,
        slots: Slots,
        started: Started,
        results: Results,
        most_budget_s: float,
        reader: Reader | None = None,
    ) -> None:
        self._targets, self._exchange, self._slots = Targets(profiles), exchange, slots
        self._reader = reader or Reader(exchange, Plans())
        self._started, self._results = started, results
        self._most_budget_s = most_budget_s
        self._silent = Silent()
        self._running: dict[str, asyncio.Event] = {}  # by poll id; bounded by the prefetch

    async def handle(self, delivery: Delivery) -> None:
        """Returns when the result is published. Raises NotPermitted (parked), NotStarted or NotPublished (handed
        back). A request that comes twice is read once."""
        request: PollRequest = delivery.body
        deadline = time.monotonic() + min(request.budget_s, self._most_budget_s)
        while (running := self._running.get(request.poll_id)) is not None:
            await running.wait()
        if self._results.was_published(request.poll_id):
            log.debug("poll.known", poll_id=request.poll_id)
            return
        kept = self._results.recall(request.poll_id)
        if kept is None:
            ended = self._running[request.poll_id] = asyncio.Event()
            try:
                result = await self._poll(request, deadline)
                kept = self._results.add(request.poll_id, _safe(request, result), closed_of(result))
            finally:
                del self._running[request.poll_id]
                ended.set()
        if not await asyncio.shield(kept.told):
            raise NotPublished

    async def _poll(self, request: PollRequest, deadline: float) -> dict[str, Any]:
        """The result of one poll. Raises NotPermitted or NotStarted; every other outcome is a result."""
        # Where a person waits, a printer that was silent gets all the patience of its profile.
        known = request.failing or self._silent.knows(request.address, request.port)
        silent = request.lane is Lane.ROUTINE and known
        async with self._slots.place(request.lane, silent=silent):
            if time.monotonic() >= deadline:
                raise NotStarted("All its time went by waiting for a place.")
            self._started.add(request.poll_id)
            started_at, begun = now().isoformat(), time.monotonic()
            reading: dict[str, Any] | None = None
            error: tuple[str, str] | None = None
            try:
                reading = await self._read(request, deadline, silent=silent)
            except (SnmpError, UnknownProfile, UnknownAddress) as failure:
                error = (failure.code, str(failure))
            except NotPermitted:
                raise
            except Exception:  # the border of one poll: a bug costs this poll, not the process nor its neighbours
                metrics.BUGS.inc()
                log.exception("poll.bug", poll_id=request.poll_id, address=request.address)
                error = ("internal", _BUG)
            seconds = time.monotonic() - begun
        self._silent.note(request.address, request.port, error[0] if error else None)
        result = result_of(request, started_at, seconds, reading, error)
        _measure(result, seconds)
        return result

    async def _read(self, request: PollRequest, deadline: float, *, silent: bool) -> dict[str, Any]:
        target = await self._targets.of(request)
        if silent:
            await probe(self._exchange, target, deadline)
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic()) + _GRACE_S):
                return await self._reader.read(target, deadline)
        except TimeoutError as error:
            raise BudgetSpent from error


def _safe(request: PollRequest, result: dict[str, Any]) -> bytes:
    """The result as JSON; where that fails, a failed result in its place."""
    try:
        return encoded(result)
    except (TypeError, ValueError, orjson.JSONEncodeError):
        metrics.BUGS.inc()
        log.exception("poll.not_serialisable", poll_id=request.poll_id, address=request.address)
        result.update(result_of(request, result["started_at"], result["seconds"], None, ("internal", _BUG)))
        return encoded(result)


_DONE = metrics.POLLS.labels(PollState.DONE.value, "")


def _measure(result: dict[str, Any], seconds: float) -> None:
    error = result["error"]
    (metrics.POLLS.labels(result["state"], error["code"]) if error else _DONE).inc()
    metrics.POLL_SECONDS.observe(seconds)
    if result["reading"] and not result["reading"]["complete"]:
        metrics.PARTIAL.inc()
