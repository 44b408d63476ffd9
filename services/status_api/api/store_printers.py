"""Queries on printers. Every one is bounded."""

from typing import Any

import orjson

from services.status_api.api.route import Query
from shared.database import Database

_LIST = """
    SELECT p.id, p.address, p.port, p.name, p.site, p.profile, p.tags, p.enabled, p.interval_minutes,
        l.serial, l.model, l.manufacturer, l.firmware, l.mac, l.location, l.total, l.counters, l.read_at, l.complete,
        l.status, l.supplies, l.lowest_percent, l.alerts_count, l.quarantined,
        pp.state AS poll_state, pp.error_code, pp.error_text, pp.at AS last_poll_at,
        g.verdict AS glpi_verdict, g.checked_at AS glpi_checked_at
    FROM printers p
    LEFT JOIN latest l ON l.printer_id = p.id
    LEFT JOIN printer_polls pp ON pp.printer_id = p.id
    LEFT JOIN glpi_verdicts g ON g.printer_id = p.id
    WHERE p.removed = 0
        AND (:id IS NULL OR p.id = :id) AND p.id > :after
        AND (:site IS NULL OR p.site = :site)
        AND (:state IS NULL OR COALESCE(pp.state, 'NEVER') = :state)
        AND (:verdict IS NULL OR COALESCE(g.verdict, 'UNCHECKED') = :verdict)
        AND (:low IS NULL OR COALESCE(l.low, 0) = :low)
        AND (:quarantined IS NULL OR COALESCE(l.quarantined, 0) = :quarantined)
        AND (:tag IS NULL OR EXISTS (SELECT 1 FROM json_each(p.tags) WHERE value = :tag))
        AND (:q IS NULL OR p.name LIKE :q ESCAPE '!' OR p.address LIKE :q ESCAPE '!' OR l.serial LIKE :q ESCAPE '!'
            OR l.model LIKE :q ESCAPE '!' OR l.location LIKE :q ESCAPE '!')
    ORDER BY p.id LIMIT :limit
"""
_IDS = _LIST.replace(_LIST[: _LIST.index("FROM printers p")], "SELECT p.id ")


def like(text: str) -> str:
    """A LIKE pattern for "contains", with the wildcards of the text taken literally."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def _values(query: Any, **more: Any) -> dict[str, Any]:
    names = ("site", "state", "verdict", "tag", "low", "quarantined")
    found = {n: getattr(query, n, None) for n in names} | {"id": None, "after": 0, "limit": 1}
    text = getattr(query, "q", None)
    return found | {"q": like(text) if text else None} | more


async def printers(db: Database, query: Query, after: int, limit: int) -> list[dict[str, Any]]:
    """Printers that match, by id."""
    return [_shown(dict(r)) for r in await db.all(_LIST, _values(query, after=after, limit=limit))]


async def printer(db: Database, printer_id: int) -> dict[str, Any] | None:
    """One printer as in a list."""
    row = await db.first(_LIST, _values(None, id=printer_id))
    return _shown(dict(row)) if row else None


async def matching_ids(db: Database, query: Any, limit: int) -> list[int]:
    """Ids of the printers that match."""
    return [row[0] for row in await db.all(_IDS, _values(query, limit=limit))]


async def full_reading(db: Database, printer_id: int) -> dict[str, Any] | None:
    """The latest full reading."""
    row = await db.first("SELECT reading, status, supplies FROM latest WHERE printer_id = ?", (printer_id,))
    if row is None:
        return None
    parts = {name: orjson.loads(row[name]) for name in ("status", "supplies")}
    return {**orjson.loads(row["reading"]), **parts}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    code, text = row.pop("error_code"), row.pop("error_text")
    return row | {
        "tags": orjson.loads(row["tags"]),
        "enabled": bool(row["enabled"]),
        "counters": orjson.loads(row["counters"]) if row["counters"] else {},
        "complete": None if row["complete"] is None else bool(row["complete"]),
        "status": orjson.loads(row["status"]) if row["status"] else None,
        "supplies": orjson.loads(row["supplies"]) if row["supplies"] else [],
        "alerts_count": row["alerts_count"] or 0,
        "quarantined": bool(row["quarantined"]),
        "poll_error": {"code": code, "text": text or ""} if code else None,
    }


async def history(db: Database, printer_id: int, since: str) -> dict[str, Any]:
    """Counters, supplies and events of a printer since an instant: at most some thousands of points each."""
    counters = await db.all(
        "SELECT read_at, total, counters, quarantined FROM"
        " (SELECT * FROM readings WHERE printer_id = ? AND read_at >= ?"
        " ORDER BY read_at DESC LIMIT 5000) ORDER BY read_at",
        (printer_id, since),
    )
    # The last change before the span is where its lines begin.
    supplies = await db.all(
        "SELECT idx, at, description, color, level, percent, state FROM supplies_log s WHERE printer_id = :id AND"
        " (at >= :since OR at = (SELECT MAX(at) FROM supplies_log e WHERE e.printer_id = :id AND e.idx = s.idx"
        " AND e.at < :since)) ORDER BY idx, at LIMIT 20000",
        {"id": printer_id, "since": since},
    )
    events = await db.all(
        "SELECT at, kind, detail FROM (SELECT * FROM printer_events WHERE printer_id = ? AND at >= ?"
        " ORDER BY at DESC, id DESC LIMIT 500) ORDER BY at",
        (printer_id, since),
    )
    alerts = await db.all(
        "SELECT severity, description, raised_at, cleared_at FROM alerts_log WHERE printer_id = ?"
        " AND (cleared_at IS NULL OR cleared_at >= ?) ORDER BY raised_at DESC LIMIT 500",
        (printer_id, since),
    )
    return {
        "counters": [
            orjson.loads(r["counters"])
            | {"read_at": r["read_at"], "total": r["total"], "quarantined": r["quarantined"] == 1}
            for r in counters
        ],
        "supplies": _lines([dict(r) for r in supplies]),
        "events": [{"at": r["at"], "kind": r["kind"], **orjson.loads(r["detail"])} for r in events],
        "alerts": [dict(r) for r in alerts],
    }


def _lines(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(row["idx"], {"index": row["idx"], "points": []})
        line |= {"description": row["description"], "color": row["color"]}
        line["points"].append({k: row[k] for k in ("at", "percent", "level", "state")})
        lines[row["idx"]] = line
    return list(lines.values())


async def counts_by_state(db: Database) -> dict[str, int]:
    """Printers by the state of their last poll."""
    rows = await db.all(
        "SELECT COALESCE(pp.state, 'NEVER') AS state, COUNT(*) AS n FROM printers p"
        " LEFT JOIN printer_polls pp ON pp.printer_id = p.id WHERE p.removed = 0 GROUP BY 1"
    )
    return {row["state"]: row["n"] for row in rows}


async def marks(db: Database) -> dict[str, int]:
    """How many printers run low, are held back, have alerts, are disabled."""
    row = await db.one(
        "SELECT COUNT(*) AS total, COALESCE(SUM(l.low), 0) AS low, COALESCE(SUM(l.quarantined), 0) AS quarantined,"
        " COALESCE(SUM(l.alerts_count > 0), 0) AS with_alerts, COALESCE(SUM(1 - p.enabled), 0) AS disabled"
        " FROM printers p LEFT JOIN latest l ON l.printer_id = p.id WHERE p.removed = 0"
    )
    return dict(row)


async def sites(db: Database) -> list[str]:
    """The sites of the inventory."""
    rows = await db.all("SELECT DISTINCT site FROM printers WHERE removed = 0 ORDER BY site LIMIT 1000")
    return [row["site"] for row in rows]


_READINGS = """
    SELECT r.id, r.poll_id, r.printer_id, r.read_at, r.serial, r.total, r.counters, r.complete, r.quarantined,
        q.why, q.reason, q.state AS quarantine_state, q.settled_at, q.settled_by
    FROM readings r LEFT JOIN quarantine q ON q.poll_id = r.poll_id
    WHERE (:printer_id IS NULL OR r.printer_id = :printer_id)
        AND (:quarantined IS NULL OR r.quarantined = :quarantined)
        AND (:before IS NULL OR r.id < :before) ORDER BY r.id DESC LIMIT :limit
"""


async def readings(
    db: Database, printer_id: int | None, quarantined: int | None, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Readings, newest first."""
    values = {"printer_id": printer_id, "quarantined": quarantined, "before": before, "limit": limit}
    return [
        dict(r)
        | {
            "counters": orjson.loads(r["counters"]),
            "complete": bool(r["complete"]),
            "quarantined": r["quarantined"] == 1,
            "released": r["quarantined"] == 2,
        }
        for r in await db.all(_READINGS, values)
    ]
