"""From message bodies to the events of polls."""

from typing import Any

from services.status_api.record.polls import PollEvent
from services.status_api.times import iso
from shared.messages.polls import PollsExpired, PollsRefused, PollsRequested, PollsStarted
from shared.words import PollState


def requested(body: PollsRequested) -> list[PollEvent]:
    """polls.requested."""
    at = iso(body.requested_at)
    return [
        PollEvent(
            p.poll_id,
            PollState.PENDING,
            printer_id=p.printer_id,
            sweep_id=body.sweep_id,
            order_id=body.order_id,
            lane=body.lane,
            site=p.site,
            requested_at=at,
        )
        for p in body.polls
    ]


_REFUSALS = {
    "queue_full": "The queue of the site is full: its collectors are too slow or away.",
    "no_queue_for_site": "There is no queue for the site: name it in PRINTSWEEP_SITES and apply the topology.",
    "broker_unavailable": "The broker could not be reached.",
}


def refused(body: PollsRefused) -> list[PollEvent]:
    """polls.refused: the reason becomes the error's code."""
    return [
        PollEvent(
            p.poll_id,
            PollState.REFUSED,
            printer_id=p.printer_id,
            sweep_id=body.sweep_id,
            order_id=body.order_id,
            site=p.site,
            ended_at=iso(body.at),
            error_code=body.reason,
            error_text=_REFUSALS[body.reason],
        )
        for p in body.polls
    ]


def expired(body: PollsExpired) -> list[PollEvent]:
    """polls.expired."""
    return [
        PollEvent(
            p.poll_id,
            PollState.EXPIRED,
            printer_id=p.printer_id,
            sweep_id=body.sweep_id,
            site=p.site,
            ended_at=iso(body.at),
            error_code="expired",
            error_text="No collector took the poll in time, or its result never came.",
        )
        for p in body.polls
    ]


def started(body: PollsStarted) -> list[PollEvent]:
    """polls.started."""
    at = iso(body.at)
    return [PollEvent(poll_id, PollState.IN_PROGRESS, started_at=at) for poll_id in body.polls]


def result_event(result: dict[str, Any]) -> PollEvent:
    """One result of polls.finished, validated (valid.py)."""
    error = result["error"]
    return PollEvent(
        result["poll_id"],
        result["state"],
        result["printer_id"],
        result["sweep_id"],
        None,
        result["lane"],
        result["site"],
        error["code"] if error else None,
        error["text"] if error else None,
        None,
        result["started_at"],
        result["read_at"],
        result["seconds"],
        result["replay_of"],
    )


def dead(poll_id: str, printer_id: int | None, sweep_id: str | None, at: str, error: str, text: str) -> PollEvent:
    """A poll request that became a dead letter."""
    return PollEvent(
        poll_id,
        PollState.DEAD,
        printer_id=printer_id,
        sweep_id=sweep_id,
        ended_at=at,
        error_code=error,
        error_text=text,
    )
