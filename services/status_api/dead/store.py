"""The index of dead letters in the database."""

import sqlite3
from typing import Any

import orjson

from services.status_api.dead.entry import DeadLetter
from services.status_api.times import iso_now
from shared.database import Database

_INSERT = """
    INSERT INTO dead_letters (id, message_id, queue, kind, origin, reason, error_type, error_message, attempt, died_at,
        service, version, state, bytes, summary, printer_id, body, headers)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'dead', ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING
"""
_SHOWN = (
    "id, message_id, queue, kind, origin, reason, error_type, error_message, attempt, died_at, service, version, state,"
    " settled_at AS replayed_at, settled_by AS replayed_by, bytes, summary, printer_id"
)
_LIST = f"""
    SELECT {_SHOWN} FROM dead_letters
    WHERE (:queue IS NULL OR queue = :queue) AND (:kind IS NULL OR kind = :kind OR kind LIKE :kind || '.v%')
        AND (:error IS NULL OR error_type = :error) AND (:printer_id IS NULL OR printer_id = :printer_id)
        AND (:reason IS NULL OR reason = :reason) AND (:state IS NULL OR state = :state)
        AND (:died_at IS NULL OR (died_at, id) < (:died_at, :id))
    ORDER BY died_at DESC, id DESC LIMIT :limit
"""  # noqa: S608 - constants


def add(db: sqlite3.Connection, letter: DeadLetter) -> None:
    """Adds a dead letter; one that is known stays as it is."""
    db.execute(
        _INSERT,
        (
            letter.id, letter.message_id, letter.queue, letter.kind, letter.origin, letter.reason, letter.error_type,
            letter.error_message, letter.attempt, letter.died_at, letter.service, letter.version, letter.size,
            letter.summary, letter.printer_id, letter.body, letter.headers,
        ),
    )  # fmt: skip


async def listing(db: Database, limit: int, after: tuple[str, str] | None, **wanted: Any) -> list[dict[str, Any]]:
    """Dead letters, the newest first."""
    values = dict.fromkeys(("queue", "kind", "error", "printer_id", "reason", "state")) | wanted
    died_at, letter_id = after or (None, None)
    return [dict(r) for r in await db.all(_LIST, values | {"died_at": died_at, "id": letter_id, "limit": limit})]


async def one(db: Database, letter_id: str) -> dict[str, Any] | None:
    """A dead letter with its body (as text) and headers."""
    row = await db.first(f"SELECT {_SHOWN}, body, headers FROM dead_letters WHERE id = ?", (letter_id,))  # noqa: S608
    if row is None:
        return None
    try:
        headers = orjson.loads(row["headers"])
    except orjson.JSONDecodeError:
        headers = {"capped": row["headers"]}
    body: bytes = row["body"]
    return dict(row) | {
        "body": body.decode("utf-8", "replace"),
        "body_capped": row["bytes"] > len(body),
        "headers": headers,
    }


async def groups(db: Database) -> list[dict[str, Any]]:
    """Dead letters that nobody has settled, by queue, kind, reason and error; the largest groups first."""
    rows = await db.all(
        "SELECT queue, kind, reason, error_type, COUNT(*) AS count, MIN(died_at) AS oldest, MAX(died_at) AS newest"
        " FROM dead_letters WHERE state = 'dead' GROUP BY queue, kind, reason, error_type ORDER BY count DESC LIMIT 500"
    )
    return [dict(r) for r in rows]


async def open_count(db: Database) -> int:
    """How many dead letters nobody has settled."""
    row = await db.one("SELECT COUNT(*) FROM dead_letters WHERE state = 'dead'")
    return int(row[0])


async def queues_of(db: Database, ids: list[str]) -> dict[str, tuple[str, str]]:
    """id → (queue, state) of these dead letters."""
    rows = await db.all(
        "SELECT id, queue, state FROM dead_letters WHERE id IN (SELECT value FROM json_each(?))",
        (orjson.dumps(ids).decode(),),
    )
    return {row["id"]: (row["queue"], row["state"]) for row in rows}


async def settle(db: Database, letter_id: str, state: str, who: str) -> None:
    """Notes that a dead letter was replayed or discarded."""
    await db.write(
        "UPDATE dead_letters SET state = ?, settled_at = ?, settled_by = ? WHERE id = ?",
        (state, iso_now(), who, letter_id),
    )
