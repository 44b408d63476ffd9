"""One queue being consumed: the in-flight set, deadlines, settlement."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import AMQPError, ChannelInvalidStateError
from prometheus_client import Counter

from shared.broker.acks import Acks
from shared.broker.deadletters import Reporter, dead_letter, next_step
from shared.broker.deadlines import Deadlines
from shared.broker.delivery import Delivery, open_message, returns_of
from shared.broker.intake import Intake
from shared.broker.publisher import Publisher
from shared.broker.width import Width
from shared.broker.wire import Sink, wire_of
from shared.errors import PrintsweepError, SoftLimitExceeded, Verdict, verdict_of
from shared.messages.kinds import KINDS
from shared.metrics import HANDLED, HANDLING_SECONDS
from shared.text import clean

log = structlog.get_logger(__name__)

Handler = Callable[[Delivery], Awaitable[None]]
RawHandler = Callable[[DeliveredMessage], Awaitable[None]]
_HAND_BACK_PAUSE_S = 1.0  # a message handed back comes at once: without a pause that is a hot loop


@dataclass(slots=True)
class Tally:
    """What a consumer has done: the numbers of its beat."""

    done: int = 0
    failed: int = 0
    last_progress: float | None = None  # time.time()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a queue is consumed. `soft_limit_s` bounds one handler; `handlers` maps kind names; `raw`, when set, takes
    every message unopened (for queues that carry all kinds)."""

    queue: str
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    unvalidated: frozenset[str] = frozenset()
    raw: RawHandler | None = None
    prefetch: int = 100
    soft_limit_s: float = 60.0


class _Deliveries(Sink):
    """What comes for one channel, and the acks that go back."""

    def __init__(self, acks: Acks, take: Callable[[DeliveredMessage, Acks], None]) -> None:
        self._acks, self._take = acks, take

    def delivered(self, raw: DeliveredMessage) -> None:
        """See Sink."""
        self._take(raw, self._acks)

    def closed(self, reason: str) -> None:
        """See Sink."""
        self._acks.close(reason)


class Subscription:
    """One queue on one channel of a consuming connection. How many messages are in hand at once is Width's business."""

    def __init__(self, plan: Plan, publisher: Publisher, reporter: Reporter, tally: Tally) -> None:
        self._plan, self._publisher, self._reporter, self._tally = plan, publisher, reporter, tally
        self._acks: Acks | None = None
        self._intake: Intake | None = None
        self._on_lost: Callable[[], None] | None = None
        self._width = Width(plan.prefetch)
        self._paused = False
        self._adjustments: set[asyncio.Task[None]] = set()
        self._handed_back = 0  # not yet logged
        self._in_flight: dict[asyncio.Task[None], float] = {}  # handler → monotonic start; bounded by the prefetch
        self._deadlines = Deadlines(plan.soft_limit_s)
        self._seconds = HANDLING_SECONDS.labels(plan.queue)
        self._handled: dict[tuple[str, str], Counter] = {}  # (kind, outcome); bounded by the table of kinds

    @property
    def in_flight(self) -> int:
        """Messages that are being handled."""
        return len(self._in_flight)

    def oldest_age_s(self) -> float:
        """Seconds since the oldest running handler began; 0 when none runs."""
        return time.monotonic() - min(self._in_flight.values()) if self._in_flight else 0.0

    async def open(self, connection: AbstractConnection, on_lost: Callable[[], None]) -> None:
        """Begins to consume, unless it is cancelled. `on_lost` is called when the channel or the consumer has ended by
        itself, or is of no use any more."""
        channel = await connection.channel(publisher_confirms=False)
        channel.close_callbacks.add(lambda *_: on_lost())
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(lambda *_: on_lost())
        await underlay.queue_declare(self._plan.queue, passive=True)
        wire = wire_of(connection)
        self._on_lost = on_lost
        self._acks = Acks(underlay.number, wire.write)
        wire.attach(underlay, _Deliveries(self._acks, self._on_message))
        self._intake = Intake(underlay, self._plan.queue)
        self._width.begin()
        await self._want(self._intake)

    async def _want(self, intake: Intake) -> None:
        await intake.want(0 if self._paused else self._width.now, in_one=self._width.is_full)

    async def cancel(self) -> None:
        """Ends the intake, also of connections to come. What is in flight goes on."""
        self._paused = True
        await self._adjust()

    async def resume(self) -> None:
        """Begins the intake again after `cancel`."""
        self._paused = False
        await self._adjust()

    async def _adjust(self) -> None:
        if self._intake is None or self._on_lost is None:
            return
        try:
            await self._want(self._intake)
        except (AMQPError, ChannelInvalidStateError, ConnectionError, TimeoutError, RuntimeError) as error:
            log.warning(
                "consumer.not_adjusted",
                queue=self._plan.queue,
                error=clean(repr(error), 300),
                remedy="none needed: the connection is made anew",
            )
            self._on_lost()

    async def drain(self, timeout_s: float) -> int:
        """Waits for what is in flight, then cancels (and so hands back) the rest. Returns how many that was."""
        if self._in_flight:
            await asyncio.wait(list(self._in_flight), timeout=timeout_s)
        rest = list(self._in_flight)
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=5)
        if self._acks is not None:
            self._acks.flush()
        return len(rest)

    def _on_message(self, raw: DeliveredMessage, acks: Acks) -> None:
        acks.delivered(raw.delivery_tag or 0)
        if self._width.came(returns_of(raw)):
            self._adjust_soon()
        # It goes on when the connection is lost: a printer that has been read is worth keeping, and the result can
        # still be published over the other connection.
        task = asyncio.create_task(self._handle(raw, acks))
        self._in_flight[task] = time.monotonic()
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._in_flight.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("consumer.settlement_failed", queue=self._plan.queue, error=clean(repr(error), 500))

    def _adjust_soon(self) -> None:
        task = asyncio.create_task(self._adjust())
        self._adjustments.add(task)
        task.add_done_callback(self._adjustments.discard)

    async def _handle(self, raw: DeliveredMessage, acks: Acks) -> None:
        tag = raw.delivery_tag or 0
        kind = raw.header.properties.message_type or "?"
        begun = time.monotonic()
        outcome = "done"
        try:
            await self._run(raw)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the border: every error gets its verdict
            outcome = await self._judge(raw, acks, error)
        else:
            acks.ack(tag)
            if self._width.ended_well():
                self._adjust_soon()
        self._tally.last_progress = time.time()
        if outcome == "done":
            self._tally.done += 1
        elif outcome != Verdict.HAND_BACK:
            self._tally.failed += 1
        self._count(kind if outcome == "done" else "", outcome)
        self._seconds.observe(time.monotonic() - begun)

    def _count(self, kind: str, outcome: str) -> None:
        label = kind if kind in KINDS else "?" if kind else ""  # strangers' kinds would be labels without number
        counter = self._handled.get((label, outcome))
        if counter is None:
            counter = self._handled[label, outcome] = HANDLED.labels(self._plan.queue, label, outcome)
        counter.inc()

    async def _run(self, raw: DeliveredMessage) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker
        self._deadlines.begin(task)
        try:
            if self._plan.raw is not None:
                await self._plan.raw(raw)
            else:
                delivery = open_message(raw, self._plan.queue, unvalidated=self._plan.unvalidated)
                await self._plan.handlers[delivery.kind.name](delivery)
        except (TimeoutError, asyncio.CancelledError) as error:
            if self._deadlines.end(task):
                raise SoftLimitExceeded(f"{self._plan.queue}: {self._plan.soft_limit_s:g} s.") from error
            raise
        finally:
            self._deadlines.end(task)

    async def _judge(self, raw: DeliveredMessage, acks: Acks, error: BaseException) -> str:
        verdict = verdict_of(error)
        fields: dict[str, Any] = {
            "queue": self._plan.queue,
            "kind": clean(raw.header.properties.message_type, 60),
            "message_id": clean(raw.header.properties.message_id, 64),
            "error": clean(error, 500),
            "error_type": type(error).__name__,
        }
        if verdict in (Verdict.RETRY, Verdict.PARK):
            return await self._set_aside(raw, acks, error, verdict, fields)
        if verdict is Verdict.DROP:
            log.info("message.dropped", **fields)
            acks.ack(raw.delivery_tag or 0)
            return verdict
        if not isinstance(error, asyncio.CancelledError):
            self._note_handed_back(fields)
            await asyncio.sleep(_HAND_BACK_PAUSE_S)
        acks.requeue(raw.delivery_tag or 0)
        return Verdict.HAND_BACK

    def _note_handed_back(self, fields: dict[str, Any]) -> None:
        """One line, with the first message, for all of a second: a collector that pauses hands back over a thousand."""
        if not self._handed_back:
            asyncio.get_running_loop().call_later(_HAND_BACK_PAUSE_S, self._tell_handed_back, fields)
        self._handed_back += 1

    def _tell_handed_back(self, first: dict[str, Any]) -> None:
        messages, self._handed_back = self._handed_back, 0
        log.warning("message.handed_back", messages=messages, **first)

    async def _set_aside(
        self, raw: DeliveredMessage, acks: Acks, error: BaseException, verdict: Verdict, fields: dict[str, Any]
    ) -> str:
        """Publishes the message to the ladder or to its dead-letter exchange, and only then acks it."""
        step = next_step(raw, self._plan.queue) if verdict is Verdict.RETRY else None
        try:
            if step is not None:
                # To a fanout exchange, the routing key being the queue that failed: that is where it comes back.
                await self._publisher.send(step[0], step[1], self._plan.queue)
                log.warning("message.retry", ladder=step[1], **fields)
                outcome = Verdict.RETRY
            else:
                message, exchange = dead_letter(raw, self._plan.queue, error, self._reporter)
                await self._publisher.send(message, exchange, self._plan.queue)
                log.error("message.dead", exchange=exchange, exc_info=_unexpected(error), **fields)
                outcome = Verdict.PARK
        except PrintsweepError as failure:
            log.warning("message.not_set_aside", failure=clean(failure, 300), **fields)
            await asyncio.sleep(_HAND_BACK_PAUSE_S)
            acks.requeue(raw.delivery_tag or 0)
            return Verdict.HAND_BACK
        acks.ack(raw.delivery_tag or 0)
        return outcome


def _unexpected(error: BaseException) -> BaseException | None:
    """The error where its traceback is worth logging: one that no class of ours foresaw."""
    return None if isinstance(error, PrintsweepError) else error
