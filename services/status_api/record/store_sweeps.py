"""Sweeps in the database: their opening and their closing, whichever comes first."""

import sqlite3

from services.status_api.times import iso, iso_now
from shared.messages.sweeps import SweepClosed, SweepOpened


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
