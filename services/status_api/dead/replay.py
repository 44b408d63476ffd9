"""Replay: a dead letter goes back to the queue that it died in, as a clean copy, and only then leaves its queue.

The dead-letter queue is consumed without acks over a connection of its own, at most as deep as it was at the start.
What is not wanted, and what could not be replayed, goes back into its place when the channel closes.
"""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aio_pika
import structlog
from aiormq.abc import AbstractChannel, DeliveredMessage
from aiormq.exceptions import AMQPError, ChannelNotFoundEntity
from pydantic import ValidationError

from services.status_api.dead import store
from services.status_api.dead.entry import dead_letter_of, identity, origin_of, reason_of
from services.status_api.errors import DeadLettersUnreadable
from services.status_api.record.polls import PollEvent
from services.status_api.record.recorder import Recorder
from services.status_api.times import iso
from shared.broker.deadletters import clean_headers, copy_of
from shared.broker.delivery import headers_of
from shared.broker.link import close_quietly
from shared.broker.publisher import Publisher
from shared.database import Database
from shared.errors import PrintsweepError
from shared.messages.base import now
from shared.messages.envelope import ATTEMPT, ORIGIN, REPLAYED, Envelope
from shared.messages.kinds import kind
from shared.messages.polls import PollRequest
from shared.topology.table import DEAD_INDEX, DEAD_QUEUES, UNROUTABLE, Topology
from shared.words import PollState

log = structlog.get_logger(__name__)

_SILENCE_S = 5.0  # no message for so long: the connection is lost, or the rest was dropped meanwhile
_MAX_FAILURES = 5
MAX_REPLAYED = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters of a queue: these ids, or all that fit, at most `limit`."""

    queue: str
    ids: frozenset[str] | None = None
    reason: str | None = None
    kind: str | None = None
    limit: int = MAX_REPLAYED

    def fits(self, raw: DeliveredMessage) -> bool:
        """Whether this message is one of them."""
        if self.ids is not None:
            return identity(raw, self.queue) in self.ids
        name = raw.header.properties.message_type or ""
        return (self.reason is None or reason_of(headers_of(raw)) == self.reason) and (
            self.kind is None or name == self.kind or name.rpartition(".v")[0] == self.kind
        )

    @property
    def most(self) -> int:
        """How many can fit."""
        return min(self.limit, len(self.ids)) if self.ids is not None else self.limit


@dataclass(slots=True)
class Outcome:
    """What a replay did. `replayed`: the ids; `polls`: the new poll ids of replayed poll requests.

    `interrupted`: why it ended before it had seen all; else empty.
    """

    matched: int = 0
    replayed: list[str] = field(default_factory=list)
    skipped: list[dict[str, str]] = field(default_factory=list)
    polls: list[str] = field(default_factory=list)
    interrupted: str = ""


class Replayer:
    """Replays dead letters, one call at a time."""

    def __init__(
        self, url: str, name: str, publisher: Publisher, database: Database, recorder: Recorder, table: Topology
    ) -> None:
        self._url, self._name, self._publisher = url, name, publisher
        self._db, self._recorder = database, recorder
        self._origins = {q.name for q in table.queues} - {*DEAD_QUEUES, DEAD_INDEX, UNROUTABLE}
        self._one = asyncio.Lock()

    async def replay(self, wanted: Wanted, who: str, *, dry_run: bool = False) -> Outcome:
        """Replays what is wanted. Raises DeadLettersUnreadable."""
        outcome = Outcome()
        async with self._one:
            try:
                await self._scan(wanted, self._counted(outcome) if dry_run else self._sent(wanted, outcome, who))
            except (AMQPError, OSError, TimeoutError) as error:
                if not outcome.matched:
                    raise DeadLettersUnreadable(f"{wanted.queue}: {type(error).__name__}.") from error
                log.warning("replay.interrupted", queue=wanted.queue, error=repr(error)[:300])
                outcome.interrupted = f"The broker gave no more of the queue ({type(error).__name__})."
        if not dry_run:
            outcome.skipped += _untold(wanted, outcome)
        return outcome

    def _counted(self, outcome: Outcome) -> Callable[[DeliveredMessage], Any]:
        async def count(_: DeliveredMessage) -> bool:
            outcome.matched += 1
            return False

        return count

    def _sent(self, wanted: Wanted, outcome: Outcome, who: str) -> Callable[[DeliveredMessage], Any]:
        failures = 0

        async def send(raw: DeliveredMessage) -> bool:
            nonlocal failures
            outcome.matched += 1
            letter_id = identity(raw, wanted.queue)
            if failures >= _MAX_FAILURES:
                outcome.skipped.append({"id": letter_id, "why": "Several could not be published before it."})
                return False
            try:
                poll_id = await self._publish(raw)
            except PrintsweepError as error:
                failures += 1
                outcome.skipped.append({"id": letter_id, "why": str(error)[:300]})
                return False
            except (ValidationError, ValueError) as error:
                outcome.skipped.append({"id": letter_id, "why": _sentence(error)})
                return False
            failures = 0
            outcome.replayed.append(letter_id)
            if poll_id:
                outcome.polls.append(poll_id)
            # A letter of expired.poll is in no index: it gets its row here, so that its replay is on record.
            letter = dead_letter_of(raw, wanted.queue)
            await self._db.run(lambda db: store.add(db, letter))
            await store.settle(self._db, letter_id, "replayed", who)
            return True

        return send

    async def _publish(self, raw: DeliveredMessage) -> str | None:
        """Publishes the copy and waits for the confirm. Returns the new poll's id for a poll request."""
        headers = headers_of(raw)
        origin = origin_of(headers)
        if raw.header.properties.message_type == kind("poll.request").type and origin.startswith("poll."):
            return await self._publish_poll(raw)
        if origin not in self._origins:
            raise ValueError(f"It tells no queue to go back to ({origin[:80] or 'no origin'}).")
        copy = copy_of(raw, clean_headers(headers) | {ATTEMPT: 1, ORIGIN: origin, REPLAYED: 1})
        copy.reply_to = None  # who waited for the answer has long gone
        await self._publisher.send(copy, "", origin)
        return None

    async def _publish_poll(self, raw: DeliveredMessage) -> str:
        old = PollRequest.model_validate_json(raw.body)
        new = old.model_copy(
            update={
                "poll_id": uuid.uuid4().hex,
                "replay_of": old.poll_id,
                "sweep_id": None,
                "requested_at": now(),
            }
        )
        await self._publisher.publish(kind("poll.request"), new, Envelope(headers={REPLAYED: 1}))
        await self._recorder.apply(
            [
                PollEvent(
                    new.poll_id,
                    PollState.PENDING,
                    printer_id=new.printer_id,
                    lane=new.lane,
                    site=new.site,
                    requested_at=iso(new.requested_at),
                    replay_of=old.poll_id,
                )
            ]
        )
        return new.poll_id

    async def _scan(self, wanted: Wanted, take: Callable[[DeliveredMessage], Any]) -> None:
        """Shows every message of the queue to `take` until enough fitted; acks those that it took.

        Raises TimeoutError where fewer came than stood in the queue.
        """
        connection = await aio_pika.connect(
            self._url, timeout=10, client_properties={"connection_name": f"{self._name}/replay"}
        )
        try:
            opened = await connection.channel(publisher_confirms=False)
            channel = await opened.get_underlay_channel()
            try:
                declared = await channel.queue_declare(wanted.queue, passive=True)
            except ChannelNotFoundEntity as error:
                raise DeadLettersUnreadable(f"There is no queue {wanted.queue}.") from error
            await self._walk(channel, wanted, declared.message_count or 0, take)
        finally:
            await close_quietly(connection)  # everything that was not acked goes back into its place

    async def _walk(
        self, channel: AbstractChannel, wanted: Wanted, depth: int, take: Callable[[DeliveredMessage], Any]
    ) -> None:
        if not depth or wanted.most < 1:
            return
        arrived: asyncio.Queue[DeliveredMessage] = asyncio.Queue(maxsize=200)
        await channel.basic_consume(wanted.queue, arrived.put)
        matched = 0
        for _ in range(depth):
            async with asyncio.timeout(_SILENCE_S):
                raw = await arrived.get()
            if not wanted.fits(raw):
                continue
            matched += 1
            if await take(raw):
                await channel.basic_ack(raw.delivery_tag or 0)
            if matched >= wanted.most:
                break


def _untold(wanted: Wanted, outcome: Outcome) -> list[dict[str, str]]:
    """What was asked for and met neither fate: one row for each id, or one without an id for the rest of a choice."""
    if wanted.ids is None:
        return [{"id": "", "why": f"{outcome.interrupted} What is left can be replayed again."}] * bool(
            outcome.interrupted
        )
    why = outcome.interrupted or "It is no longer in the queue."
    told = {*outcome.replayed, *(s["id"] for s in outcome.skipped)}
    return [{"id": i, "why": why} for i in sorted(wanted.ids - told)]


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"Its body is not valid ({'.'.join(map(str, first['loc']))}: {first['msg']})."[:300]
    return str(error)[:300]
