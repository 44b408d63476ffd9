"""The inventory as an import compares it."""

from typing import Any

import orjson

from shared.database import Database


async def entries(db: Database) -> dict[tuple[str, int], dict[str, Any]]:
    """(address, port) → the entry."""
    rows = await db.all(
        "SELECT address, port, name, site, profile, tags, interval_minutes, enabled FROM printers WHERE removed = 0"
        " LIMIT 1000000"
    )
    return {
        (r["address"], r["port"]): dict(r) | {"tags": orjson.loads(r["tags"]), "enabled": bool(r["enabled"])}
        for r in rows
    }
