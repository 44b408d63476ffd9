"""The scheduler's database: opening it beside other schedulers, and transactions that only the leader may make."""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
import structlog

from services.scheduler import predecessor
from services.scheduler.clock import stamp
from services.scheduler.errors import DatabaseBusy, SteppedDown
from shared.database import Database
from shared.messages.base import now

log = structlog.get_logger(__name__)

_FIRST_WAIT_MS, _WAIT_MS = 1000, 5000
# What may pass by itself: locked by another process, the disk full, failing or read-only.
_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """One scheduler's view of the database file that all schedulers of this host share.

    `term` is 0 while standing by. Raises SteppedDown from `transaction` where another scheduler has taken over since,
    DatabaseBusy where the file cannot be written: locked for more than five seconds, or the disk is full.
    """

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "scheduler.sqlite3", MIGRATIONS)
        self._lock_file = folder / "scheduler.opening"
        self.term = 0

    async def open(self) -> None:
        """Opens the file; two schedulers that start together do so one after the other."""
        self._lock_file.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_file.open("a") as lock:
            await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
            await self.database.open()

    async def close(self) -> None:
        """Closes it."""
        await self.database.close()

    async def lead(self, instance: str) -> int:
        """Begins a new term, under which every earlier leader's writes are refused. Returns it.

        The caller holds the broker's lock. Raises DatabaseBusy where the file stays locked; a frozen predecessor that
        holds it is ended.
        """
        database = self.database
        await database.connection.execute(f"PRAGMA busy_timeout={_FIRST_WAIT_MS}")
        try:
            async with database.transaction() as c:
                await c.execute(
                    "UPDATE leadership SET term = term + 1, instance = ?, pid = ?, started = ?, since = ?",
                    (instance, os.getpid(), predecessor.started(os.getpid()), stamp(now())),
                )
                async with c.execute("SELECT term FROM leadership") as cursor:
                    row = await cursor.fetchone()
        except sqlite3.OperationalError as error:
            await self._end_predecessor()
            raise DatabaseBusy(f"{error}. {await self._who()}") from error
        finally:
            await database.connection.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
        assert row is not None  # noqa: S101 - the migration made the row
        self.term = int(row[0])
        return self.term

    async def _end_predecessor(self) -> None:
        row = await self.database.one("SELECT instance, pid, started FROM leadership")
        if predecessor.end(row["pid"], row["started"]):
            log.error("leader.predecessor_ended", instance=row["instance"], pid=row["pid"], reason="frozen in a write")

    async def _who(self) -> str:
        row = await self.database.one("SELECT instance, pid FROM leadership")
        return (
            f"Look at the disk of {self.database.path}; the last leader was {row['instance']} (process {row['pid']}):"
            " if it is frozen, end it."
        )

    def step_down(self) -> None:
        """Forgets the term: nothing is written until the next `lead`."""
        self.term = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """A write transaction of the leader."""
        term = self.term
        try:
            async with self.database.transaction() as c:
                found = await rows(c, "SELECT term FROM leadership")
                if term == 0 or not found or found[0][0] != term:
                    present = found[0][0] if found else "?"
                    raise SteppedDown(f"This one's term was {term}, the present one is {present}.")
                yield c
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname.startswith(_PASSING):
                raise DatabaseBusy(f"{error}. {await self._who()}") from error
            raise


async def rows(c: aiosqlite.Connection, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
    """All rows of a query, by one step into the database's thread where `execute` and its cursor take three."""
    return list(await c.execute_fetchall(sql, values))


async def get_meta(c: aiosqlite.Connection, name: str) -> str | None:
    """A single value, or None."""
    found = await rows(c, "SELECT value FROM meta WHERE name = ?", (name,))
    return str(found[0][0]) if found else None


async def set_meta(c: aiosqlite.Connection, name: str, value: str) -> None:
    """Keeps a single value."""
    await c.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


async def drop_meta(c: aiosqlite.Connection, name: str) -> None:
    """Forgets a single value."""
    await c.execute("DELETE FROM meta WHERE name = ?", (name,))


async def raise_meta(c: aiosqlite.Connection, name: str) -> int:
    """Adds one to a number and returns it."""
    value = int(await get_meta(c, name) or 0) + 1
    await set_meta(c, name, str(value))
    return value
