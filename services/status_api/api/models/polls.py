"""The shapes of answers: polls, orders, sweeps."""

from typing import Literal

from pydantic import BaseModel

from services.status_api.api.models.base import ErrorInfo, Page
from shared.words import PollState


class Poll(BaseModel):
    """One poll."""

    poll_id: str
    printer_id: int | None
    name: str | None
    address: str | None
    sweep_id: str | None
    order_id: str | None
    lane: str | None
    site: str | None
    state: PollState
    late: bool
    error: ErrorInfo | None
    requested_at: str | None
    started_at: str | None
    ended_at: str | None
    seconds: float | None
    replay_of: str | None
    reading_id: int | None


class Polls(Page):
    """Polls."""

    items: list[Poll]


class OrderedPoll(BaseModel):
    """A poll of an order; with `wait`, all fields of a poll."""

    poll_id: str
    printer_id: int
    state: str


class Order(BaseModel):
    """An order and its polls."""

    order_id: str
    polls: list[OrderedPoll]


class Sweep(BaseModel):
    """One round. `waiting`: not begun yet (in a queue or still to be published)."""

    id: str
    slot: str | None
    reason: str | None
    requested_by: str
    missed_slots: int
    state: Literal["open", "closed"]
    opened_at: str | None
    closed_at: str | None
    planned: int
    requested: int
    in_progress: int
    done: int
    failed: int
    refused: int
    expired: int
    dead: int
    late: int
    backed_off: int
    waiting: int
    seconds: float | None
    refused_reasons: dict[str, int]


class Sweeps(Page):
    """Sweeps."""

    items: list[Sweep]


class SweepOrdered(BaseModel):
    """The sweep that was opened; `id` is its `sweep_id` too."""

    id: str
    sweep_id: str
    planned: int
    backed_off: int
