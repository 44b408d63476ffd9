"""Bodies of the poll.* and polls.* kinds."""

from typing import Annotated, Literal

from pydantic import Field

from shared.messages.base import Body, Command, Float, Id, Instant, LongText, Port, PrinterId, Profile, ShortText, Site
from shared.messages.readings import Reading
from shared.words import Lane, PollState

BATCH = 500  # the most polls that one list message names
RESULTS = 100  # the most full results in one polls.finished


class PollRequest(Body):
    """Read one printer. `budget_s` counts from receipt by the collector's monotonic clock. `failing`: its last poll
    failed, so the collector asks with one small packet first, whichever collector it was that failed."""

    poll_id: Id
    printer_id: PrinterId
    address: ShortText
    port: Port = 161
    profile: Profile
    site: Site
    lane: Lane
    sweep_id: Id | None = None
    requested_at: Instant
    budget_s: Annotated[float, Field(gt=0, le=600)] = 60.0
    replay_of: Id | None = None
    failing: bool = False


class PollRef(Body):
    """One poll in a list."""

    poll_id: Id
    printer_id: PrinterId
    site: Site | None = None


class PollsRequested(Body):
    """These polls were confirmed by the broker (or are about to be: a result may overtake this message)."""

    sweep_id: Id | None = None
    order_id: Id | None = None
    lane: Lane
    requested_at: Instant
    polls: Annotated[list[PollRef], Field(max_length=BATCH)]


class PollsRefused(Body):
    """These polls could not be published. `reason`: queue_full, no_queue_for_site."""

    sweep_id: Id | None = None
    order_id: Id | None = None
    at: Instant
    reason: Literal["queue_full", "no_queue_for_site", "broker_unavailable"]
    polls: Annotated[list[PollRef], Field(max_length=BATCH)]


class PollsExpired(Body):
    """These polls waited longer than the queue's TTL, or their result never came."""

    sweep_id: Id | None = None
    at: Instant
    polls: Annotated[list[PollRef], Field(max_length=BATCH)]


class PollsStarted(Body):
    """A collector has begun with these polls. Fire and forget: it may be lost."""

    collector: ShortText
    at: Instant
    polls: Annotated[list[Id], Field(max_length=BATCH)]


class PollError(Body):
    """Why a poll failed. `code` is stable (no_answer, not_permitted, nonsense, ...); `text` is for people."""

    code: ShortText
    text: LongText


class PollResult(Body):
    """The outcome of one poll: DONE with a reading, or FAILED with an error (and what was read until then, if any)."""

    poll_id: Id
    printer_id: PrinterId
    sweep_id: Id | None = None
    lane: Lane
    site: Site
    address: ShortText
    port: Port
    state: Literal[PollState.DONE, PollState.FAILED]
    error: PollError | None = None
    started_at: Instant
    read_at: Instant
    seconds: Float
    replay_of: Id | None = None
    reading: Reading | None = None


class PollsFinished(Body):
    """Full results, in batches."""

    collector: ShortText
    results: Annotated[list[PollResult], Field(max_length=RESULTS)]


class PollClosed(Body):
    """A result in short. `serial` is null where the device told none; `total` where it counts no pages."""

    poll_id: Id
    printer_id: PrinterId
    sweep_id: Id | None = None
    state: Literal[PollState.DONE, PollState.FAILED]
    serial: ShortText | None = None
    total: int | None = None


class PollsClosed(Body):
    """The same polls as a confirmed polls.finished, in short, for scheduler and glpi_sync."""

    collector: ShortText
    at: Instant
    polls: Annotated[list[PollClosed], Field(max_length=RESULTS)]


class PollOrder(Command):
    """Poll these printers now. Anybody with rights on the queue may send it.

    Example: {"printer_ids": [1, 2]}. A second order with the same `idempotency_key` gets the first one's answer.
    Answered with a command.reply where reply_to is set.
    """

    printer_ids: Annotated[list[PrinterId], Field(min_length=1, max_length=1000)]
    lane: Lane = Lane.URGENT
    idempotency_key: Id | None = None
    requested_by: ShortText = ""
