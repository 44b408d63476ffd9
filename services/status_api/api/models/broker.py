"""The shapes of answers: queues and dead letters."""

from typing import Any, Literal

from pydantic import BaseModel

from services.status_api.api.models.base import Page


class Queue(BaseModel):
    """One queue. `oldest_age_s`: for how long it has not been empty, so at most the age of its oldest message."""

    name: str
    messages: int
    ready: int
    unacked: int
    consumers: int
    consumer_role: str | None
    limit: int | None
    bytes: int
    policy: str | None
    publish_rate: float | None
    ack_rate: float | None
    acks_total: int
    oldest_age_s: float | None
    drain_s: float | None
    stalled_s: float | None
    state: Literal["ok", "no_consumers", "stuck", "full", "holding", "missing", "unknown"]


class Queues(Page):
    """Queues. `error`: why they cannot be seen right now; they are those of the last look then."""

    items: list[Queue]
    error: str | None


class DeadLetter(BaseModel):
    """One dead letter."""

    id: str
    message_id: str | None
    queue: str
    kind: str
    origin: str
    reason: str
    error_type: str
    error_message: str
    attempt: int
    died_at: str
    service: str
    version: str
    state: Literal["dead", "replayed", "discarded"]
    replayed_at: str | None
    replayed_by: str | None
    bytes: int
    summary: str
    printer_id: int | None


class DeadLetterDetail(DeadLetter):
    """With its body as text (the first 64 kB) and its headers."""

    body: str
    body_capped: bool
    headers: dict[str, Any]


class DeadLetters(Page):
    """Dead letters."""

    items: list[DeadLetter]


class DeadGroup(BaseModel):
    """Dead letters that nobody has settled, of one queue, kind, reason and error."""

    queue: str
    kind: str
    reason: str
    error_type: str
    count: int
    oldest: str
    newest: str


class DeadGroups(Page):
    """Groups."""

    items: list[DeadGroup]


class Skipped(BaseModel):
    """A dead letter that was not replayed. An empty `id`: whatever was left when the replay was interrupted."""

    id: str
    why: str


class Replay(BaseModel):
    """What a replay did. `polls`: the new polls of poll requests."""

    replayed: int
    ids: list[str]
    polls: list[str]
    skipped: list[Skipped]
    matched: int
    dry_run: bool
