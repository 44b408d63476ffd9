"""Answers to commands, kept for a day, so that a repeated command changes nothing and gets the same answer."""

from datetime import datetime, timedelta

import aiosqlite

from services.scheduler.clock import stamp
from services.scheduler.errors import KeyReused

KEPT = timedelta(days=1)
MOST = 20_000


async def find(c: aiosqlite.Connection, key: str, digest: str) -> str | None:
    """The answer that was given under this key. Raises KeyReused where it was to another command."""
    async with c.execute("SELECT digest, reply FROM answers WHERE key = ?", (key,)) as cursor:
        row = await cursor.fetchone()
    if row is None:
        return None
    if row["digest"] != digest:
        raise KeyReused("Take a new key for each command, and the old one only to repeat the very same.")
    return str(row["reply"])


async def keep(c: aiosqlite.Connection, key: str, digest: str, reply: str, at: datetime) -> None:
    """Keeps an answer."""
    await c.execute("INSERT INTO answers (key, digest, reply, at) VALUES (?, ?, ?, ?)", (key, digest, reply, stamp(at)))


async def prune(c: aiosqlite.Connection, at: datetime) -> None:
    """Forgets what is older than a day, and the oldest beyond the limit."""
    await c.execute("DELETE FROM answers WHERE at < ?", (stamp(at - KEPT),))
    await c.execute(
        "DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY at DESC LIMIT -1 OFFSET ?)", (MOST,)
    )
