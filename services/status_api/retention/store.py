"""The statements of pruning: each deletes at most :step rows older than :limit."""

from shared.database import Database


def _older(table: str, column: str, more: str = "") -> str:
    return (
        f"DELETE FROM {table} WHERE rowid IN"  # noqa: S608 - names of our own tables
        f" (SELECT rowid FROM {table} WHERE {column} < :limit {more} LIMIT :step)"
    )


STEPS = {
    # Of each printer and day the last reading stays: what reports need.
    "readings_daily": """
        DELETE FROM readings WHERE id IN (SELECT r.id FROM readings r WHERE r.read_at < :limit AND EXISTS (
            SELECT 1 FROM readings later WHERE later.printer_id = r.printer_id AND later.read_at > r.read_at
            AND later.read_at < substr(r.read_at, 1, 10) || 'U') LIMIT :step)
    """,
    "readings": _older("readings", "read_at"),
    "polls": _older("polls", "seen_at"),
    "sweep_counts": """
        DELETE FROM sweep_counts WHERE rowid IN (SELECT c.rowid FROM sweep_counts c
            LEFT JOIN sweeps s ON s.sweep_id = c.sweep_id WHERE s.seen_at < :limit OR (s.sweep_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM polls p WHERE p.sweep_id = c.sweep_id)) LIMIT :step)
    """,
    "sweeps": _older("sweeps", "seen_at"),
    "supplies_log": _older(
        "supplies_log",
        "at",
        "AND EXISTS (SELECT 1 FROM supplies_log n WHERE n.printer_id = supplies_log.printer_id"
        " AND n.idx = supplies_log.idx AND n.at > supplies_log.at)",
    ),
    "alerts_log": _older("alerts_log", "raised_at", "AND cleared_at IS NOT NULL"),
    "printer_events": _older("printer_events", "at"),
    "quarantine": _older("quarantine", "read_at"),
    "dead_letters": _older("dead_letters", "died_at"),
    "audit": _older("audit", "at"),
    "glpi_passes": _older("glpi_passes", "seen_at"),
    "idempotency": _older("idempotency", "at"),
    "instances": _older("instances", "last_beat_at"),
    # What is known of printers that the inventory no longer holds; their tombstones stay.
    "latest": """
        DELETE FROM latest WHERE printer_id IN (SELECT id FROM printers WHERE removed = 1 AND :limit <> '' LIMIT :step)
    """,
}


async def step(db: Database, name: str, limit: str, step: int) -> int:
    """One small step; the number of rows deleted."""
    return await db.write(STEPS[name], {"limit": limit, "step": step})
