"""Polls and sweeps in the database. Every change of a poll changes its sweep's counts in the same transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

import aiosqlite
import orjson

from services.status_api.record.polls import PollEvent, PollRow, deltas, merge, rises
from services.status_api.times import iso, iso_now
from shared.messages.sweeps import SweepClosed, SweepOpened
from shared.words import ENDED, PollState

_COLUMNS = (
    "poll_id, state, printer_id, sweep_id, order_id, lane, site, error_code, error_text, requested_at, started_at, "
    "ended_at, seconds, replay_of, late"
)
_SELECT = f"SELECT {_COLUMNS} FROM polls WHERE poll_id IN (SELECT value FROM json_each(?))"  # noqa: S608 - constants
_UPSERT = f"""
    INSERT INTO polls ({_COLUMNS}, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (poll_id) DO UPDATE SET state = excluded.state, printer_id = excluded.printer_id,
        sweep_id = excluded.sweep_id, order_id = excluded.order_id, lane = excluded.lane, site = excluded.site,
        error_code = excluded.error_code, error_text = excluded.error_text, requested_at = excluded.requested_at,
        started_at = excluded.started_at, ended_at = excluded.ended_at, seconds = excluded.seconds,
        replay_of = excluded.replay_of, late = excluded.late
"""  # noqa: S608 - constants
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


def _row(stored: Sequence[object]) -> PollRow:
    fields: list[Any] = list(stored)
    fields[1], fields[-1] = PollState(fields[1]), bool(fields[-1])
    return PollRow(*fields)


async def _known(db: aiosqlite.Connection, ids: Iterable[str]) -> dict[str, PollRow]:
    rows = await db.execute_fetchall(_SELECT, (orjson.dumps(list(ids)).decode(),))
    return {row[0]: _row(tuple(row)) for row in rows}


async def _closed(db: aiosqlite.Connection, ids: set[str]) -> set[str]:
    rows = await db.execute_fetchall(
        "SELECT sweep_id FROM sweeps WHERE closed_at IS NOT NULL AND sweep_id IN (SELECT value FROM json_each(?))",
        (orjson.dumps(list(ids)).decode(),),
    )
    return {row[0] for row in rows}


async def apply_events(db: aiosqlite.Connection, events: Sequence[PollEvent]) -> tuple[list[PollRow], set[str]]:
    """Applies the events in a transaction of the caller. Returns the polls that changed, and the ids of those whose
    state rose.
    """
    before = await _known(db, {e.poll_id for e in events})
    sweeps = {e.sweep_id for e in events if e.sweep_id} | {r.sweep_id for r in before.values() if r.sweep_id}
    closed = await _closed(db, sweeps) if sweeps else set()
    after: dict[str, PollRow] = dict(before)
    risen: set[str] = set()
    for event in events:
        old = after.get(event.poll_id)
        sweep_id = (old.sweep_id if old else None) or event.sweep_id
        if rises(old, event):
            risen.add(event.poll_id)
        after[event.poll_id] = merge(old, event, sweep_closed=sweep_id in closed)
    changes = [(before.get(key), row) for key, row in after.items() if before.get(key) != row]
    if changes:
        await _write(db, changes)
    return [new for _, new in changes], risen


async def _write(db: aiosqlite.Connection, changes: list[tuple[PollRow | None, PollRow]]) -> None:
    seen_at = iso_now()
    await db.executemany(
        _UPSERT,
        [
            (
                r.poll_id, r.state, r.printer_id, r.sweep_id, r.order_id, r.lane, r.site, r.error_code, r.error_text,
                r.requested_at, r.started_at, r.ended_at, r.seconds, r.replay_of, r.late, seen_at,
            )
            for _, r in changes
        ],
    )  # fmt: skip
    if counts := deltas(changes):
        await db.executemany(_COUNT, [(sweep_id, word, n) for (sweep_id, word), n in counts.items()])
    ended = [
        (r.printer_id, r.poll_id, r.state, r.error_code, r.error_text, r.ended_at or seen_at)
        for _, r in changes
        if r.state in ENDED and r.printer_id is not None
    ]
    if ended:
        await db.executemany(_LAST, ended)


async def open_sweep(db: aiosqlite.Connection, opened: SweepOpened) -> None:
    """Notes a sweep; a sweep that is known to be closed stays closed."""
    await db.execute(
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


async def close_sweep(db: aiosqlite.Connection, closed: SweepClosed) -> None:
    """Stores the final counts. Closing twice keeps the first."""
    await db.execute(
        """
        INSERT INTO sweeps (sweep_id, closed_at, closed_counts, seen_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (sweep_id) DO UPDATE SET closed_at = excluded.closed_at, closed_counts = excluded.closed_counts
        WHERE sweeps.closed_at IS NULL
        """,
        (closed.sweep_id, iso(closed.closed_at), closed.counts.model_dump_json(), iso_now()),
    )
