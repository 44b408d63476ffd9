"""Polls and sweeps in the database. Every change of a poll changes its sweep's counts in the same transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from services.status_api.record.polls import PollEvent, PollRow, deltas, merge, rises
from services.status_api.times import iso, iso_now
from shared.messages.sweeps import SweepClosed, SweepOpened
from shared.words import ENDED, PollState

_COLUMNS = (
    "poll_id, state, printer_id, sweep_id, order_id, lane, site, error_code, error_text, requested_at, started_at, "
    "ended_at, seconds, replay_of, late"
)
_SELECT = f"SELECT rowid, {_COLUMNS} FROM polls WHERE poll_id IN (SELECT value FROM json_each(?))"  # noqa: S608 - constants
_INSERT = f"INSERT INTO polls ({_COLUMNS}, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
# SQLite rewrites the entries of every index of which a column is named: printer and sweep are named only where they
# have changed, which is once at most.
_UPDATE = """
    UPDATE polls SET state = ?, order_id = ?, lane = ?, site = ?, error_code = ?, error_text = ?, requested_at = ?,
        started_at = ?, ended_at = ?, seconds = ?, replay_of = ?, late = ? WHERE rowid = ?
"""
_UPDATE_FACTS = "UPDATE polls SET printer_id = ?, sweep_id = ? WHERE rowid = ?"
_COUNT = """
    INSERT INTO sweep_counts (sweep_id, word, n) VALUES (?, ?, ?)
    ON CONFLICT (sweep_id, word) DO UPDATE SET n = sweep_counts.n + excluded.n
"""
_LAST = """
    INSERT INTO printer_polls (printer_id, poll_id, state, error_code, error_text, at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (printer_id) DO UPDATE SET poll_id = excluded.poll_id, state = excluded.state,
        error_code = excluded.error_code, error_text = excluded.error_text, at = excluded.at
    WHERE excluded.at >= printer_polls.at
"""


_STATES = {str(state): state for state in PollState}


def _known(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, tuple[int, PollRow]]:
    """poll id → (row id, the poll)."""
    cursor = db.cursor()
    cursor.row_factory = None  # plain tuples
    cursor.execute(_SELECT, (orjson.dumps(list(ids)).decode(),))
    return {row[1]: (row[0], _row(row)) for row in cursor.fetchall()}


def _row(stored: tuple[Any, ...]) -> PollRow:
    row = PollRow(*stored[1:])
    row.state, row.late = _STATES[row.state], bool(row.late)
    return row


def _closed(db: sqlite3.Connection, ids: set[str]) -> set[str]:
    rows = db.execute(
        "SELECT sweep_id FROM sweeps WHERE closed_at IS NOT NULL AND sweep_id IN (SELECT value FROM json_each(?))",
        (orjson.dumps(list(ids)).decode(),),
    )
    return {row[0] for row in rows}


def apply_events(db: sqlite3.Connection, events: Sequence[PollEvent]) -> tuple[list[PollRow], set[str]]:
    """Applies the events in a transaction of the caller. Returns the polls that changed, and the ids of those whose
    state rose.
    """
    known = _known(db, {e.poll_id for e in events})
    sweeps = {e.sweep_id for e in events if e.sweep_id} | {r.sweep_id for _, r in known.values() if r.sweep_id}
    closed = _closed(db, sweeps) if sweeps else set()
    after = {poll_id: row for poll_id, (_, row) in known.items()}
    risen: set[str] = set()
    for event in events:
        old = after.get(event.poll_id)
        sweep_id = (old.sweep_id if old else None) or event.sweep_id
        if rises(old, event):
            risen.add(event.poll_id)
        after[event.poll_id] = merge(old, event, sweep_closed=sweep_id in closed)
    changes: list[tuple[PollRow | None, PollRow]] = []
    fresh, told, facts = [], [], []
    seen_at = iso_now()
    for poll_id, row in after.items():
        if poll_id not in known:
            fresh.append(_values(row, seen_at))
            changes.append((None, row))
            continue
        rowid, before = known[poll_id]
        if before == row:
            continue
        changes.append((before, row))
        told.append(_told(row, rowid))
        if (before.printer_id, before.sweep_id) != (row.printer_id, row.sweep_id):
            facts.append((row.printer_id, row.sweep_id, rowid))
    if changes:
        for sql, values in ((_INSERT, fresh), (_UPDATE, told), (_UPDATE_FACTS, facts)):
            if values:
                db.executemany(sql, values)
        _count(db, changes, seen_at)
    return [new for _, new in changes], risen


def _values(r: PollRow, seen_at: str) -> tuple[Any, ...]:
    return (
        r.poll_id, r.state, r.printer_id, r.sweep_id, r.order_id, r.lane, r.site, r.error_code, r.error_text,
        r.requested_at, r.started_at, r.ended_at, r.seconds, r.replay_of, r.late, seen_at,
    )  # fmt: skip


def _told(r: PollRow, rowid: int) -> tuple[Any, ...]:
    return (
        r.state, r.order_id, r.lane, r.site, r.error_code, r.error_text, r.requested_at, r.started_at, r.ended_at,
        r.seconds, r.replay_of, r.late, rowid,
    )  # fmt: skip


def _count(db: sqlite3.Connection, changes: list[tuple[PollRow | None, PollRow]], seen_at: str) -> None:
    if counts := deltas(changes):
        db.executemany(_COUNT, [(sweep_id, word, n) for (sweep_id, word), n in counts.items()])
    ended = [
        (r.printer_id, r.poll_id, r.state, r.error_code, r.error_text, r.ended_at or seen_at)
        for _, r in changes
        if r.state in ENDED and r.printer_id is not None
    ]
    if ended:
        db.executemany(_LAST, ended)


def open_sweep(db: sqlite3.Connection, opened: SweepOpened) -> None:
    """Notes a sweep; a sweep that is known to be closed stays closed."""
    db.execute(
        """
        INSERT INTO sweeps (sweep_id, slot, reason, requested_by, missed_slots, opened_at, planned, backed_off, seen_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (sweep_id) DO UPDATE SET slot = excluded.slot, reason = excluded.reason,
            requested_by = excluded.requested_by, missed_slots = excluded.missed_slots,
            opened_at = excluded.opened_at, planned = excluded.planned, backed_off = excluded.backed_off
        """,
        (
            opened.sweep_id,
            iso(opened.slot),
            opened.reason,
            opened.requested_by,
            opened.missed_slots,
            iso(opened.opened_at),
            opened.counts.planned,
            opened.counts.backed_off,
            iso_now(),
        ),
    )


def close_sweep(db: sqlite3.Connection, closed: SweepClosed) -> None:
    """Stores the final counts. Closing twice keeps the first."""
    db.execute(
        """
        INSERT INTO sweeps (sweep_id, closed_at, closed_counts, seen_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (sweep_id) DO UPDATE SET closed_at = excluded.closed_at, closed_counts = excluded.closed_counts
        WHERE sweeps.closed_at IS NULL
        """,
        (closed.sweep_id, iso(closed.closed_at), closed.counts.model_dump_json(), iso_now()),
    )
