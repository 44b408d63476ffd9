"""What the events of a poll make of it: pure functions, so that every order of events can be tried.

A state changes only to one of a higher rank. Facts that several events tell (printer, sweep, the earliest start) are
merged whatever the order.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.words import ENDED, RANK, PollState


@dataclass(frozen=True, slots=True)
class PollEvent:
    """What one message says about one poll. Times are stored texts (UTC)."""

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


@dataclass(frozen=True, slots=True)
class PollRow:
    """One poll as stored. `late`: its result came after its sweep had closed."""

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
    known = replace(
        old,
        printer_id=old.printer_id if old.printer_id is not None else event.printer_id,
        sweep_id=old.sweep_id or event.sweep_id,
        order_id=old.order_id or event.order_id,
        lane=old.lane or event.lane,
        site=old.site or event.site,
        replay_of=old.replay_of or event.replay_of,
        requested_at=_first(old.requested_at, event.requested_at),
        started_at=_first(old.started_at, event.started_at),
    )
    if RANK[event.state] <= RANK[old.state]:
        return known
    is_result = event.state in (PollState.DONE, PollState.FAILED)
    return replace(
        known,
        state=event.state,
        error_code=event.error_code,
        error_text=event.error_text,
        ended_at=event.ended_at,
        seconds=event.seconds,
        late=known.late or (is_result and sweep_closed),
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
    counts: Counter[tuple[str, str]] = Counter()
    for old, new in changes:
        counts.subtract(words(old))
        counts.update(words(new))
    return {key: n for key, n in counts.items() if n}
