"""Polls in the database. Every change of a poll changes its sweep's counts in the same transaction."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import attrgetter, ne
from typing import Any

import orjson

from services.status_api.record.polls import PollEvent, PollRow, deltas, merge, rises
from services.status_api.times import iso_now
from shared.words import ENDED, PollState

_COLUMNS = (
    "poll_id", "state", "printer_id", "sweep_id", "order_id", "lane", "site", "error_code", "error_text",
    "requested_at", "started_at", "ended_at", "seconds", "replay_of", "late",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_COLUMNS)}, rowid FROM polls WHERE poll_id IN (SELECT value FROM json_each(?))"  # noqa: S608
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
_LAST_DONE = _LAST.replace("(?, ?, ?, ?, ?, ?)", "(?, ?, 'DONE', NULL, NULL, ?)")
_STATES = {str(state): state for state in PollState}

Values = tuple[Any, ...]  # of _COLUMNS
_NOTHING: Values = (*[None] * (len(_COLUMNS) - 1), False)  # of a poll of which nothing is told
_values = attrgetter(*("state._value_" if column == "state" else column for column in _COLUMNS))


class _Writes:
    """Inserts and updates that name only the columns which are told or have changed.

    SQLite rewrites the entries of every index of which a column is named. And sqlite3 binds numbers and texts at once,
    but looks for an adapter of None first, which takes five times as long.
    """

    def __init__(self, seen_at: str) -> None:
        self._seen_at = seen_at
        self._new: defaultdict[Values, list[Values]] = defaultdict(list)  # which columns → rows
        self._known: defaultdict[Values, list[Values]] = defaultdict(list)

    def add(self, values: Values, before: Values | None, rowid: int) -> bool:
        """Notes a poll's values. False where they are as before."""
        changed = tuple(map(ne, values, before or _NOTHING))
        if True not in changed:
            return False
        if before is None:
            self._new[changed].append((*compress(values, changed), self._seen_at))
        else:
            self._known[changed].append((*compress(values, changed), rowid))
        return True

    def write(self, db: sqlite3.Connection) -> None:
        """Executes them."""
        for changed, rows in self._new.items():
            columns = [*compress(_COLUMNS, changed), "seen_at"]
            marks = ", ".join("?" * len(columns))
            db.executemany(f"INSERT INTO polls ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608 - constants
        for changed, rows in self._known.items():
            told = ", ".join(f"{column} = ?" for column in compress(_COLUMNS, changed))
            db.executemany(f"UPDATE polls SET {told} WHERE rowid = ?", rows)  # noqa: S608 - constants


def _known(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, tuple[Values, int]]:
    """poll id → (the poll as stored, its row id)."""
    cursor = db.cursor()
    cursor.row_factory = None  # plain tuples
    cursor.execute(_SELECT, (orjson.dumps(list(ids)).decode(),))
    return {row[0]: (row[:-1], row[-1]) for row in cursor.fetchall()}


def _row(stored: Values) -> PollRow:
    row = PollRow(*stored)
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
    before = {poll_id: _row(stored) for poll_id, (stored, _) in known.items()}
    sweeps = {e.sweep_id for e in events if e.sweep_id} | {r.sweep_id for r in before.values() if r.sweep_id}
    closed = _closed(db, sweeps) if sweeps else set()
    after: dict[str, PollRow] = {}
    risen: set[str] = set()
    for event in events:
        poll_id = event.poll_id
        old = after.get(poll_id) or before.get(poll_id)
        sweep_id = (old.sweep_id if old else None) or event.sweep_id
        if rises(old, event):
            risen.add(poll_id)
        after[poll_id] = merge(old, event, sweep_closed=sweep_id in closed)
    seen_at = iso_now()
    writes = _Writes(seen_at)
    changes = [
        (before.get(poll_id), row)
        for poll_id, row in after.items()
        if writes.add(_values(row), *known.get(poll_id, (None, 0)))
    ]
    writes.write(db)
    _count(db, changes, seen_at)
    return [new for _, new in changes], risen


def _count(db: sqlite3.Connection, changes: list[tuple[PollRow | None, PollRow]], seen_at: str) -> None:
    if counts := deltas(changes):
        db.executemany(_COUNT, [(sweep_id, str(word), n) for (sweep_id, word), n in counts.items()])
    ended = [new for _, new in changes if new.state in ENDED and new.printer_id is not None]
    done = [(r.printer_id, r.poll_id, r.ended_at or seen_at) for r in ended if r.state is PollState.DONE]
    rest = [
        (r.printer_id, r.poll_id, str(r.state), r.error_code, r.error_text, r.ended_at or seen_at)
        for r in ended
        if r.state is not PollState.DONE
    ]
    for sql, rows in ((_LAST_DONE, done), (_LAST, rest)):
        if rows:
            db.executemany(sql, rows)
