"""The mirror of the inventory: versions decide, not the order in which messages come."""

import sqlite3
from collections.abc import Iterable

import orjson

from shared.database import Database
from shared.messages.sweeps import Printer, PrintersChanged, SnapshotPart

_UPSERT = """
    INSERT INTO printers (id, version, address, port, name, site, profile, tags, enabled, interval_minutes, removed)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, address = excluded.address, port = excluded.port,
        name = excluded.name, site = excluded.site, profile = excluded.profile, tags = excluded.tags,
        enabled = excluded.enabled, interval_minutes = excluded.interval_minutes, removed = 0
    WHERE excluded.version >= printers.version
"""
_REMOVE = """
    INSERT INTO printers (id, version, address, port, name, site, profile, tags, enabled, removed)
    VALUES (?, ?, '', 0, '', '', '', '[]', 0, 1)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, removed = 1 WHERE excluded.version >= printers.version
"""
_ENDED = """
    UPDATE printers SET removed = 1, version = :version WHERE removed = 0 AND version <= :version AND id NOT IN (
        SELECT value FROM snapshot_parts, json_each(snapshot_parts.printer_ids) WHERE snapshot_id = :id)
"""


def _values(version: int, p: Printer) -> tuple[object, ...]:
    tags = orjson.dumps(p.tags).decode()
    return (p.id, version, p.address, p.port, p.name, p.site, p.profile, tags, p.enabled, p.interval_minutes)


def apply_inventory(db: sqlite3.Connection, message: PrintersChanged) -> None:
    """Takes over one printers.changed in a transaction of the caller."""
    db.executemany(_UPSERT, [_values(message.version, p) for p in message.changed])
    db.executemany(_REMOVE, [(printer_id, message.version) for printer_id in message.removed])
    if message.snapshot is not None:
        _note_part(db, message.snapshot, message.version, [p.id for p in message.changed])


def _note_part(db: sqlite3.Connection, part: SnapshotPart, version: int, ids: Iterable[int]) -> None:
    """After the last part, in whatever order they came, what no part named and is not newer is gone."""
    db.execute(
        "INSERT INTO snapshot_parts (snapshot_id, part, parts, version, printer_ids) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (snapshot_id, part) DO NOTHING",
        (part.id, part.part, part.parts, version, orjson.dumps(list(ids)).decode()),
    )
    row = db.execute("SELECT COUNT(*), MAX(version) FROM snapshot_parts WHERE snapshot_id = ?", (part.id,)).fetchone()
    if row[0] >= part.parts:
        db.execute(_ENDED, {"version": row[1], "id": part.id})
        # Parts of earlier snapshots that never became whole go with it.
        db.execute("DELETE FROM snapshot_parts WHERE version <= ?", (row[1],))


async def is_empty(reader: Database) -> bool:
    """Nothing is known of the inventory."""
    return await reader.first("SELECT 1 FROM printers WHERE removed = 0 LIMIT 1") is None
