"""GLPI's verdicts and passes in the database."""

import sqlite3
from typing import Any

import orjson

from services.status_api.times import iso, iso_now
from shared.messages.glpi import GlpiChecked, GlpiReconciled

_VERDICT = """
    INSERT INTO glpi_verdicts (printer_id, serial, verdict, matches, reason, checked_at, pass_id)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (printer_id) DO UPDATE SET serial = excluded.serial, verdict = excluded.verdict,
        matches = excluded.matches, reason = excluded.reason, checked_at = excluded.checked_at,
        pass_id = excluded.pass_id
    WHERE excluded.checked_at >= glpi_verdicts.checked_at
"""
# A pass that is done stays done, whatever comes late; one that failed may be replayed from its dead letter.
_TOLD = """
    INSERT INTO glpi_passes (pass_id, state, dry_run, started_at, finished_at, glpi_printers, counts, error, seen_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (pass_id) DO UPDATE SET state = excluded.state, dry_run = excluded.dry_run,
        started_at = excluded.started_at, finished_at = excluded.finished_at,
        glpi_printers = excluded.glpi_printers, counts = excluded.counts, error = excluded.error
    WHERE glpi_passes.state IN ('requested', 'running')
        OR (glpi_passes.state = 'failed'
            AND (excluded.state = 'done' OR excluded.started_at > glpi_passes.started_at))
"""


def record_verdicts(db: sqlite3.Connection, checked: GlpiChecked) -> None:
    """Takes over verdicts, newest wins."""
    rows: list[tuple[Any, ...]] = [
        (
            v.printer_id,
            v.serial,
            v.verdict,
            orjson.dumps([m.model_dump(mode="json") for m in v.matches]).decode(),
            v.reason,
            iso(v.checked_at),
            checked.pass_id,
        )
        for v in checked.verdicts
    ]
    db.executemany(_VERDICT, rows)


def record_pass(db: sqlite3.Connection, told: GlpiReconciled) -> None:
    """Takes over how a pass stands."""
    finished = iso(told.finished_at) if told.finished_at else None
    counts = orjson.dumps({str(k): n for k, n in told.counts.items()}).decode()
    db.execute(
        _TOLD,
        (
            told.pass_id, told.state, told.dry_run, iso(told.started_at), finished, told.glpi_printers, counts,
            told.error, iso_now(),
        ),
    )  # fmt: skip


def request_pass(db: sqlite3.Connection, pass_id: str, *, dry_run: bool) -> None:
    """Notes that a pass was asked for; what glpi_sync says of it already, stays."""
    at = iso_now()
    db.execute(
        "INSERT INTO glpi_passes (pass_id, state, dry_run, requested_at, seen_at) VALUES (?, 'requested', ?, ?, ?)"
        " ON CONFLICT (pass_id) DO UPDATE SET requested_at = excluded.requested_at",
        (pass_id, dry_run, at, at),
    )
