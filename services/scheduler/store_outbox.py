"""The outbox: events written in the transaction that makes them true, published in order, then deleted."""

from typing import Any

import aiosqlite
import orjson
from pydantic import BaseModel

from services.scheduler.store import set_meta
from shared.messages.envelope import encode

# What may be dropped first when status_api's queue has been full for very long, and why that is bearable:
# requested: the results name their polls, and sweep.closed has the number. changed: a snapshot is sent afterwards.
# expired and refused: sweep.closed has the numbers. Never dropped: sweep.opened and sweep.closed (two per sweep).
EXPENDABLE = ("polls.requested", "printers.changed", "polls.expired", "polls.refused")
SNAPSHOT_DUE = "snapshot_due"


async def put(c: aiosqlite.Connection, kind: str, body: BaseModel | dict[str, Any], correlation: str | None) -> None:
    """Puts an event behind the others."""
    await c.execute(
        "INSERT INTO outbox (kind, correlation_id, body) VALUES (?, ?, ?)", (kind, correlation, encode(body).decode())
    )


async def head(c: aiosqlite.Connection, limit: int) -> list[tuple[int, str, str | None, bytes]]:
    """The oldest events: number, kind, correlation id, body."""
    sql = "SELECT seq, kind, correlation_id, body FROM outbox ORDER BY seq LIMIT ?"
    async with c.execute(sql, (limit,)) as cursor:
        return [(r["seq"], r["kind"], r["correlation_id"], r["body"].encode()) for r in await cursor.fetchall()]


async def delete(c: aiosqlite.Connection, seqs: list[int]) -> None:
    """Forgets events that the broker has."""
    await c.executemany("DELETE FROM outbox WHERE seq = ?", [(s,) for s in seqs])


async def shed(c: aiosqlite.Connection, limit: int) -> dict[str, int]:
    """Drops the oldest expendable events, kind by kind, until `limit` is kept. Returns how many of which kind."""
    async with c.execute("SELECT COUNT(*) FROM outbox") as cursor:
        row = await cursor.fetchone()
    over = (row[0] if row else 0) - limit
    dropped: dict[str, int] = {}
    for kind in EXPENDABLE:
        if over <= 0:
            break
        # A part of a snapshot is worth nothing without the others: this kind goes altogether.
        most = -1 if kind == "printers.changed" else over
        async with c.execute(
            "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE kind = ? ORDER BY seq LIMIT ?)", (kind, most)
        ) as cursor:
            if cursor.rowcount > 0:
                dropped[kind] = cursor.rowcount
                over -= cursor.rowcount
    if "printers.changed" in dropped:
        await set_meta(c, SNAPSHOT_DUE, "yes")
    return dropped


def decoded(body: bytes) -> Any:
    """A stored body as a plain dict."""
    return orjson.loads(body)
