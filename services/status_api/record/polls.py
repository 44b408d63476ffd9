"""What the events of a poll make of it: pure functions, so that every order of events can be tried.

A state changes only to one of a higher rank. Facts that several events tell (printer, sweep, the earliest start) are
merged whatever the order.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.words import ENDED, RANK, PollState

_RESULTS = (PollState.DONE, PollState.FAILED)


@dataclass(slots=True)
class PollEvent:
    """What one message says about one poll. Times are stored texts (UTC). Not changed once it is made."""

    poll_id: str
    state: PollState
    printer_id: int | None = None
    sweep_id: str | None = None
    order_id: str | None = None
    lane: str | None = None
    site: str | None = None
    error_code: str | None = None
    error_text: str | None = None
    requested_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    seconds: float | None = None
    replay_of: str | None = None


@dataclass(slots=True)
class PollRow(PollEvent):
    """One poll as stored: what its events say together. `late`: its result came after its sweep had closed."""

    late: bool = False

    @property
    def ended(self) -> bool:
        """No collector works on it any more."""
        return self.state in ENDED


def _first(one: str | None, other: str | None) -> str | None:
    return min(one, other) if one and other else one or other


def rises(old: PollRow | None, event: PollEvent) -> bool:
    """Whether the event changes the poll's state."""
    return old is None or RANK[event.state] > RANK[old.state]


def merge(old: PollRow | None, event: PollEvent, *, sweep_closed: bool = False) -> PollRow:
    """The poll after the event."""
    if old is None:
        return _first_row(event, sweep_closed=sweep_closed)
    # What ended a poll comes from the event that gave it its state.
    rising = RANK[event.state] > RANK[old.state]
    by = event if rising else old
    return PollRow(
        old.poll_id,
        by.state,
        old.printer_id if old.printer_id is not None else event.printer_id,
        old.sweep_id or event.sweep_id,
        old.order_id or event.order_id,
        old.lane or event.lane,
        old.site or event.site,
        by.error_code,
        by.error_text,
        _first(old.requested_at, event.requested_at),
        _first(old.started_at, event.started_at),
        by.ended_at,
        by.seconds,
        old.replay_of or event.replay_of,
        old.late or (rising and sweep_closed and event.state in _RESULTS),
    )


def _first_row(event: PollEvent, *, sweep_closed: bool) -> PollRow:
    return PollRow(
        event.poll_id,
        event.state,
        event.printer_id,
        event.sweep_id,
        event.order_id,
        event.lane,
        event.site,
        event.error_code,
        event.error_text,
        event.requested_at,
        event.started_at,
        event.ended_at,
        event.seconds,
        event.replay_of,
        sweep_closed and event.state in _RESULTS,
    )


def deltas(changes: Iterable[tuple[PollRow | None, PollRow]]) -> dict[tuple[str, str], int]:
    """How the counts of the sweeps change: (sweep id, word) → difference."""
    counts: dict[tuple[str, str], int] = {}
    for old, new in changes:
        if old is not None:
            _count(counts, old, -1)
        _count(counts, new, 1)
    return {key: n for key, n in counts.items() if n}


def _count(counts: dict[tuple[str, str], int], row: PollRow, n: int) -> None:
    """Adds what the poll counts for in its sweep."""
    sweep_id, state = row.sweep_id, row.state
    if sweep_id is None:
        return
    counts[sweep_id, state] = counts.get((sweep_id, state), 0) + n
    if state is PollState.REFUSED:
        reason = f"refused:{row.error_code or 'unknown'}"
        counts[sweep_id, reason] = counts.get((sweep_id, reason), 0) + n
    if row.late:
        counts[sweep_id, "late"] = counts.get((sweep_id, "late"), 0) + n
