"""Queries on polls and sweeps."""

from typing import Any

import orjson

from services.status_api.times import iso_now, seconds_between
from shared.database import Database
from shared.words import PollState

_COLUMNS = """
    SELECT p.rowid AS row, p.poll_id, p.printer_id, i.name, i.address, p.sweep_id, p.order_id, p.lane, p.site,
        p.state, p.error_code, p.error_text, p.late, p.requested_at, p.started_at, p.ended_at, p.seconds, p.replay_of,
        r.id AS reading_id
    FROM polls p LEFT JOIN readings r ON r.poll_id = p.poll_id LEFT JOIN printers i ON i.id = p.printer_id
"""
_LIST = (
    _COLUMNS
    + """
    WHERE (:state IS NULL OR p.state = :state) AND (:printer_id IS NULL OR p.printer_id = :printer_id)
        AND (:sweep_id IS NULL OR p.sweep_id = :sweep_id) AND (:order_id IS NULL OR p.order_id = :order_id)
        AND (:before IS NULL OR p.rowid < :before)
    ORDER BY p.rowid DESC LIMIT :limit
"""
)
_SOME = _COLUMNS + " WHERE p.poll_id IN (SELECT value FROM json_each(?)) LIMIT 1000"  # noqa: S608 - constants


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A poll as the API tells it."""
    code, text = row.pop("error_code"), row.pop("error_text")
    return row | {"late": bool(row["late"]), "error": {"code": code, "text": text or ""} if code else None}


async def polls(db: Database, limit: int, before: int | None = None, **wanted: Any) -> list[dict[str, Any]]:
    """Polls, newest first; `row` is the cursor's key."""
    values = dict.fromkeys(("state", "printer_id", "sweep_id", "order_id")) | wanted
    return [shown(dict(r)) for r in await db.all(_LIST, values | {"before": before, "limit": limit})]


async def some_polls(db: Database, poll_ids: list[str]) -> list[dict[str, Any]]:
    """The polls with these ids that are known."""
    rows = [shown(dict(r)) for r in await db.all(_SOME, (orjson.dumps(poll_ids).decode(),))]
    for row in rows:
        row.pop("row")
    return rows


_SWEEPS = """
    SELECT s.rowid AS row, s.*, (SELECT json_group_object(word, n) FROM sweep_counts c WHERE c.sweep_id = s.sweep_id)
        AS words
    FROM sweeps s
    WHERE (:id IS NULL OR s.sweep_id = :id) AND (:before IS NULL OR s.rowid < :before)
    ORDER BY s.rowid DESC LIMIT :limit
"""
_LIVE = ("in_progress", "done", "failed", "refused", "expired", "dead")


def shown_sweep(row: dict[str, Any]) -> dict[str, Any]:
    """A sweep as the API tells it: counted live while open, as the scheduler told once closed."""
    words: dict[str, int] = orjson.loads(row["words"] or "{}")
    counts = {word: words.get(word.upper(), 0) for word in _LIVE}
    known = sum(words.get(state, 0) for state in PollState)
    counts["requested"] = known - counts["refused"]
    planned, backed_off = row["planned"], row["backed_off"]
    if row["closed_counts"]:
        closed = orjson.loads(row["closed_counts"])
        counts = {word: closed.get(word, 0) for word in counts} | {"in_progress": 0}
        planned, backed_off = closed.get("planned", planned), closed.get("backed_off", backed_off)
    waiting = 0 if row["closed_at"] else max(0, max(planned, known) - sum(counts[word] for word in _LIVE))
    reasons = {w.partition(":")[2]: n for w, n in words.items() if w.startswith("refused:") and n}
    return {
        "row": row["row"],
        "id": row["sweep_id"],
        "slot": row["slot"],
        "reason": row["reason"],
        "requested_by": row["requested_by"] or "",
        "missed_slots": row["missed_slots"],
        "state": "closed" if row["closed_at"] else "open",
        "opened_at": row["opened_at"],
        "closed_at": row["closed_at"],
        "planned": planned,
        **counts,
        "late": words.get("late", 0),
        "backed_off": backed_off,
        "waiting": waiting,
        "seconds": seconds_between(row["opened_at"], row["closed_at"] or iso_now()),
        "refused_reasons": reasons,
    }


async def sweeps(db: Database, limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """Sweeps, newest first; `row` is the cursor's key."""
    values = {"id": None, "before": before, "limit": limit}
    return [shown_sweep(dict(r)) for r in await db.all(_SWEEPS, values)]


async def sweep(db: Database, sweep_id: str | None) -> dict[str, Any] | None:
    """One sweep; the newest with None."""
    row = await db.first(_SWEEPS, {"id": sweep_id, "before": None, "limit": 1})
    if row is None:
        return None
    found = shown_sweep(dict(row))
    found.pop("row")
    return found
