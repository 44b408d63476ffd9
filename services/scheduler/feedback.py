"""What comes back: results in short (polls.closed) and requests that expired or died (through dead.polls)."""

import asyncio
import contextlib

import structlog
from aiormq.abc import DeliveredMessage

from services.scheduler.sweeps import Sweeps
from shared.broker.delivery import Delivery, headers_of, open_message
from shared.errors import MalformedMessage, UnknownKind
from shared.messages.kinds import SCHEDULER_FEEDBACK, check_handlers
from shared.messages.polls import PollRequest, PollsClosed
from shared.topology.table import DEAD_POLLS
from shared.words import PollState

log = structlog.get_logger(__name__)

# The ends of this time are one transaction, or so many of them: polls expire by thousands, one message each.
_GATHER_S, _ENOUGH = 0.1, 500
_STATES = {PollState.DONE: "done", PollState.FAILED: "failed"}


class Feedback:
    """Ends polls. Each handler returns when its ends are committed, so that the message is acked after that."""

    def __init__(self, sweeps: Sweeps) -> None:
        self._sweeps = sweeps
        self._states: dict[str, str] = {}  # bounded by the prefetch times the results in a message
        self._answered: set[int] = set()
        self._commit: asyncio.Task[None] | None = None
        self._enough = asyncio.Event()
        self._handlers = {"polls.closed": self._closed, "poll.request": self._dead}
        check_handlers(SCHEDULER_FEEDBACK, self._handlers)

    async def take(self, raw: DeliveredMessage) -> None:
        """Handles one message of the queue."""
        try:
            delivery = open_message(raw, SCHEDULER_FEEDBACK)
        except (MalformedMessage, UnknownKind) as error:
            if raw.exchange == DEAD_POLLS:
                # Somebody's rubbish in a poll queue: the dead letter itself is in dead.poll, one is enough.
                log.info("feedback.skipped", error=str(error)[:300])
                return
            raise
        await self._handlers[delivery.kind.name](delivery)

    async def _closed(self, delivery: Delivery) -> None:
        body: PollsClosed = delivery.body
        states = {p.poll_id: _STATES[PollState(p.state)] for p in body.polls}
        await self._end(states, {p.printer_id for p in body.polls if p.state == PollState.DONE})

    async def _dead(self, delivery: Delivery) -> None:
        body: PollRequest = delivery.body
        reason = headers_of(delivery.raw).get("x-first-death-reason")
        await self._end({body.poll_id: "expired" if reason == "expired" else "dead"}, set())

    async def _end(self, states: dict[str, str], answered: set[int]) -> None:
        for poll_id, state in states.items():
            if self._states.get(poll_id) not in ("done", "failed"):  # a result outranks an expiry
                self._states[poll_id] = state
        self._answered |= answered
        if self._commit is None or self._commit.done():
            self._enough = asyncio.Event()
            self._commit = asyncio.create_task(self._gather(self._enough))
        if len(self._states) >= _ENOUGH:
            self._enough.set()
        await asyncio.shield(self._commit)

    async def _gather(self, enough: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GATHER_S):
                await enough.wait()
        # Cleared before the first await of the commit: who comes later belongs to the next one.
        self._commit = None
        states, self._states = self._states, {}
        answered, self._answered = self._answered, set()
        await self._sweeps.end(states, answered)
