"""Queries on GLPI's verdicts, the audit log and figures."""

from typing import Any

import orjson

from services.status_api.times import iso_now
from shared.database import Database


async def verdicts(db: Database, verdict: str | None, after: int, limit: int) -> list[dict[str, Any]]:
    """Verdicts by printer id."""
    rows = await db.all(
        "SELECT g.printer_id, p.address, p.name, g.serial, g.verdict, g.matches, g.reason, g.checked_at"
        " FROM glpi_verdicts g JOIN printers p ON p.id = g.printer_id AND p.removed = 0"
        " WHERE (:verdict IS NULL OR g.verdict = :verdict) AND g.printer_id > :after"
        " ORDER BY g.printer_id LIMIT :limit",
        {"verdict": verdict, "after": after, "limit": limit},
    )
    return [dict(r) | {"matches": orjson.loads(r["matches"])} for r in rows]


async def verdict_counts(db: Database) -> dict[str, int]:
    """Printers by verdict; UNCHECKED where there is none yet."""
    rows = await db.all(
        "SELECT COALESCE(g.verdict, 'UNCHECKED') AS verdict, COUNT(*) AS n FROM printers p"
        " LEFT JOIN glpi_verdicts g ON g.printer_id = p.id WHERE p.removed = 0 GROUP BY 1"
    )
    return {row["verdict"]: row["n"] for row in rows}


def _pass(row: Any) -> dict[str, Any]:
    shown = dict(row) | {"dry_run": bool(row["dry_run"]), "counts": orjson.loads(row["counts"])}
    shown["id"] = shown.pop("pass_id")
    shown.pop("seen_at")
    return shown


async def passes(db: Database, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Passes, newest first; `row` is the cursor's key."""
    rows = await db.all(
        "SELECT rowid AS row, * FROM glpi_passes WHERE (:before IS NULL OR rowid < :before)"
        " ORDER BY rowid DESC LIMIT :limit",
        {"before": before, "limit": limit},
    )
    return [_pass(r) for r in rows]


async def one_pass(db: Database, pass_id: str) -> dict[str, Any] | None:
    """One pass."""
    row = await db.first("SELECT * FROM glpi_passes WHERE pass_id = ?", (pass_id,))
    return _pass(row) if row else None


async def note(db: Database, who: str, action: str, detail: dict[str, Any]) -> None:
    """A row of the audit log."""
    await db.write(
        "INSERT INTO audit (at, who, action, detail) VALUES (?, ?, ?, ?)",
        (iso_now(), who, action, orjson.dumps(detail).decode()[:20_000]),
    )


async def audit(db: Database, before: int | None, limit: int) -> list[dict[str, Any]]:
    """The audit log, newest first."""
    rows = await db.all(
        "SELECT id, at, who, action, detail FROM audit WHERE (:before IS NULL OR id < :before)"
        " ORDER BY id DESC LIMIT :limit",
        {"before": before, "limit": limit},
    )
    return [dict(r) for r in rows]
