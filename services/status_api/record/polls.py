"""What the events of a poll make of it: pure functions, so that every order of events can be tried.

A state changes only to one of a higher rank. Facts that several events tell (printer, sweep, the earliest start) are
merged whatever the order.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.words import ENDED, RANK, PollState


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
        old = PollRow(event.poll_id, PollState.PENDING)
    # What ended a poll comes from the event that gave it its state.
    rising = RANK[event.state] > RANK[old.state]
    by = event if rising else old
    is_result = rising and event.state in (PollState.DONE, PollState.FAILED)
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
        old.late or (is_result and sweep_closed),
    )


def words(row: PollRow | None) -> Iterable[tuple[str, str]]:
    """What the poll counts for in its sweep: (sweep id, word)."""
    if row is None or row.sweep_id is None:
        return
    yield row.sweep_id, row.state
    if row.state is PollState.REFUSED:
        yield row.sweep_id, f"refused:{row.error_code or 'unknown'}"
    if row.late:
        yield row.sweep_id, "late"


def deltas(changes: Iterable[tuple[PollRow | None, PollRow]]) -> dict[tuple[str, str], int]:
    """How the counts of the sweeps change: (sweep id, word) → difference."""
    counts: dict[tuple[str, str], int] = {}
    for old, new in changes:
        for key in words(old):
            counts[key] = counts.get(key, 0) - 1
        for key in words(new):
            counts[key] = counts.get(key, 0) + 1
    return {key: n for key, n in counts.items() if n}
