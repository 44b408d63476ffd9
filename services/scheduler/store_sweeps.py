"""The table of sweeps, and the figures of a beat."""
# ruff: noqa: S608 - statements are put together from constants, column names and question marks only

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import aiosqlite

from services.scheduler.clock import stamp
from services.scheduler.store import rows
from shared.database import Database

COUNTS = ("planned", "requested", "refused", "expired", "dead", "done", "failed", "backed_off")


async def insert(
    c: aiosqlite.Connection, sweep_id: str, slot: datetime, at: datetime, reason: str, planned: int, backed_off: int
) -> None:
    """Adds an open sweep."""
    await c.execute(
        "INSERT INTO sweeps (id, slot, opened_at, reason, planned, backed_off) VALUES (?, ?, ?, ?, ?, ?)",
        (sweep_id, stamp(slot), stamp(at), reason, planned, backed_off),
    )


async def exists(c: aiosqlite.Connection, sweep_id: str) -> bool:
    """Whether there is such a sweep."""
    return bool(await rows(c, "SELECT 1 FROM sweeps WHERE id = ?", (sweep_id,)))


async def close_ended(
    c: aiosqlite.Connection, at: datetime, among: Iterable[str] | None = None
) -> list[dict[str, Any]]:
    """Closes the sweeps all of whose polls have ended. Returns their ids and counts."""
    closed: list[dict[str, Any]] = []
    if among is None:
        among = [row[0] for row in await rows(c, "SELECT id FROM sweeps WHERE closed_at IS NULL")]
    for sweep_id in among:
        ended = await rows(
            c,
            "UPDATE sweeps SET closed_at = ? WHERE id = ? AND closed_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM polls WHERE polls.sweep_id = sweeps.id) RETURNING " + ", ".join(COUNTS),
            (stamp(at), sweep_id),
        )
        closed += [{"id": sweep_id, "counts": dict(zip(COUNTS, row, strict=True))} for row in ended]
    return closed


async def prune(c: aiosqlite.Connection, before: datetime) -> None:
    """Forgets sweeps closed before an instant: status_api keeps the record."""
    await c.execute("DELETE FROM sweeps WHERE closed_at < ?", (stamp(before),))


async def figures(database: Database) -> dict[str, Any]:
    """The numbers for beats and metrics."""
    row = await database.one(
        "SELECT (SELECT COUNT(*) FROM printers) AS printers,"
        " (SELECT COUNT(*) FROM printers WHERE enabled = 1) AS enabled,"
        " (SELECT COUNT(*) FROM sweeps WHERE closed_at IS NULL) AS open_sweeps,"
        " (SELECT COUNT(*) FROM polls) AS outstanding,"
        " (SELECT COUNT(*) FROM polls WHERE state = 'WAITING') AS waiting_to_publish,"
        " (SELECT COUNT(*) FROM outbox) AS outbox,"
        " (SELECT value FROM meta WHERE name = 'last_slot_at') AS last_slot_at"
    )
    return dict(row)


async def count_failing(database: Database, failures: int) -> int:
    """Enabled printers with at least so many failures in a row."""
    row = await database.one("SELECT COUNT(*) FROM printers WHERE enabled = 1 AND failures >= ?", (failures,))
    return int(row[0])
