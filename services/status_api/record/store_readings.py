"""Readings in the database: what is known before, and the rows of a batch."""

import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson

from services.status_api.record.plausibility import Baseline
from services.status_api.record.results import Latest, Rows

_KNOWN = """
    SELECT p.id, p.address, p.port, l.read_at, l.serial, l.supplies, l.alerts,
        l.base_read_at, l.base_serial, l.total, l.counters
    FROM printers p LEFT JOIN latest l ON l.printer_id = p.id
    WHERE p.removed = 0 AND p.id IN (SELECT value FROM json_each(?))
"""
_READING = """
    INSERT INTO readings (poll_id, printer_id, read_at, serial, total, counters, complete, quarantined)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (poll_id) DO NOTHING
"""
_QUARANTINE = """
    INSERT INTO quarantine (poll_id, printer_id, read_at, why, reason, result, state) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (poll_id) DO NOTHING
"""
_COLUMNS = (
    "poll_id", "read_at", "reading", "serial", "model", "manufacturer", "firmware", "mac", "location", "complete",
    "status", "supplies", "alerts", "alerts_count", "lowest_percent", "low", "quarantined", "total", "counters",
    "base_serial", "base_read_at",
)  # fmt: skip
_LATEST = f"INSERT INTO latest (printer_id, {', '.join(_COLUMNS)}) VALUES (?{', ?' * len(_COLUMNS)})"  # noqa: S608
_SERIAL = 1 + _COLUMNS.index("serial")  # its place in a row
# SQLite rewrites the entries of every index of which a column is named: the serial is named only where it is another.
_LATEST_AGAIN = f"UPDATE latest SET {', '.join(f'{c} = ?' for c in _COLUMNS if c != 'serial')} WHERE printer_id = ?"  # noqa: S608
_LATEST_SERIAL = "UPDATE latest SET serial = ? WHERE printer_id = ?"
_SUPPLY = """
    INSERT INTO supplies_log (printer_id, idx, at, description, color, level, percent, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (printer_id, idx, at) DO NOTHING
"""
_RAISED = """
    INSERT INTO alerts_log (printer_id, alert, severity, description, raised_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (printer_id, alert, raised_at) DO NOTHING
"""
_CLEARED = "UPDATE alerts_log SET cleared_at = ? WHERE printer_id = ? AND alert = ? AND cleared_at IS NULL"
_EVENT = "INSERT INTO printer_events (printer_id, at, kind, detail) VALUES (?, ?, ?, ?)"
_ELSEWHERE = """
    SELECT latest.serial, latest.printer_id, printers.address FROM latest
    JOIN printers ON printers.id = latest.printer_id
    WHERE latest.serial IN (SELECT value FROM json_each(?)) ORDER BY latest.read_at DESC LIMIT 1000
"""


def _ids(ids: Iterable[object]) -> tuple[str]:
    return (orjson.dumps(list(ids)).decode(),)


def known_of(
    db: sqlite3.Connection, printer_ids: Iterable[int]
) -> tuple[dict[int, tuple[str, int]], dict[int, Latest]]:
    """Of these printers: address and port of those that the inventory holds, and what is known of them."""
    places, known = {}, {}
    cursor = db.cursor()
    cursor.row_factory = None  # plain tuples
    cursor.execute(_KNOWN, _ids(printer_ids))
    for printer_id, address, port, read_at, serial, supplies, alerts, *base in cursor.fetchall():
        places[printer_id] = (address, port)
        if read_at is None:
            continue
        base_read_at, base_serial, total, counters = base
        counting = Baseline(base_read_at, base_serial, total, orjson.loads(counters)) if base_read_at else None
        known[printer_id] = Latest(read_at, serial, counting, supplies, alerts)
    return places, known


def moves(db: sqlite3.Connection, new_serials: dict[int, tuple[str, str]]) -> list[tuple[Any, ...]]:
    """Events for devices that were known at another address: `new_serials` is printer id → (serial, read_at)."""
    if not new_serials:
        return []
    found: dict[str, tuple[int, str]] = {}
    for row in db.execute(_ELSEWHERE, _ids({s for s, _ in new_serials.values()})):
        if row["printer_id"] not in new_serials:
            found.setdefault(row["serial"], (row["printer_id"], row["address"]))
    events = []
    for printer_id, (serial, at) in new_serials.items():
        if serial in found:
            old_id, old_address = found[serial]
            detail = {"serial": serial, "from_printer_id": old_id, "from_address": old_address}
            events.append((printer_id, at, "moved", orjson.dumps(detail).decode()))
            gone = {"serial": serial, "to_printer_id": printer_id}
            events.append((old_id, at, "moved", orjson.dumps(gone).decode()))
    return events


def write_rows(db: sqlite3.Connection, rows: Rows, serials: dict[int, str | None]) -> None:
    """Writes all rows of a batch, in a transaction of the caller. `serials`: of the printers that `latest` holds."""
    latest = [(printer_id in serials, row) for printer_id, row in rows.latest.items()]
    for sql, values in (
        (_READING, rows.readings),
        (_QUARANTINE, rows.quarantine),
        (_LATEST, [row for is_known, row in latest if not is_known]),
        (_LATEST_AGAIN, [(*row[1:_SERIAL], *row[_SERIAL + 1 :], row[0]) for is_known, row in latest if is_known]),
        (_LATEST_SERIAL, [(r[_SERIAL], r[0]) for is_known, r in latest if is_known and r[_SERIAL] != serials[r[0]]]),
        (_SUPPLY, rows.supplies),
        (_RAISED, rows.raised),
        (_CLEARED, rows.cleared),
        (_EVENT, rows.events),
    ):
        if values:
            db.executemany(sql, values)


def held_of(db: sqlite3.Connection, printer_ids: Iterable[int]) -> list[tuple[str, str]]:
    """(poll id, result) of the unmatched readings of these printers, oldest first."""
    rows = db.execute(
        "SELECT poll_id, result FROM quarantine WHERE state = 'held' AND why = 'unmatched'"
        " AND printer_id IN (SELECT value FROM json_each(?)) ORDER BY read_at LIMIT 500",
        _ids(printer_ids),
    )
    return [(row[0], row[1]) for row in rows]


def forget_held(db: sqlite3.Connection, poll_ids: list[str]) -> None:
    """Takes readings out of quarantine, so that they are recorded anew."""
    for sql in (
        "DELETE FROM readings WHERE quarantined = 1 AND poll_id IN (SELECT value FROM json_each(?))",
        "DELETE FROM quarantine WHERE poll_id IN (SELECT value FROM json_each(?))",
    ):
        db.execute(sql, _ids(poll_ids))


def held_reading(db: sqlite3.Connection, reading_id: int) -> dict[str, Any] | None:
    """A reading's quarantine row with its state; None where there is no such reading in quarantine."""
    row = db.execute(
        "SELECT q.poll_id, q.printer_id, q.why, q.reason, q.result, q.state, r.quarantined FROM readings r"
        " JOIN quarantine q ON q.poll_id = r.poll_id WHERE r.id = ?",
        (reading_id,),
    ).fetchone()
    return dict(row) if row else None


def release(db: sqlite3.Connection, poll_id: str, who: str, at: str) -> None:
    """Marks a reading as released."""
    db.execute("UPDATE readings SET quarantined = 2 WHERE poll_id = ?", (poll_id,))
    db.execute(
        "UPDATE quarantine SET state = 'released', settled_at = ?, settled_by = ? WHERE poll_id = ?", (at, who, poll_id)
    )


def rebase(db: sqlite3.Connection, printer_id: int, base: Baseline) -> None:
    """Makes a released reading the one that later ones are compared with, unless a newer one counts already."""
    db.execute(
        "UPDATE latest SET total = ?, counters = ?, base_serial = ?, base_read_at = ?"
        " WHERE printer_id = ? AND (base_read_at IS NULL OR base_read_at < ?)",
        (base.total, orjson.dumps(base.counters).decode(), base.serial, base.read_at, printer_id, base.read_at),
    )
    db.execute("UPDATE latest SET quarantined = 0 WHERE printer_id = ? AND read_at <= ?", (printer_id, base.read_at))


def add_events(db: sqlite3.Connection, events: list[tuple[Any, ...]]) -> None:
    """Rows of printer_events."""
    db.executemany(_EVENT, events)
