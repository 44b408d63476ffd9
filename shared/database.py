"""SQLite through aiosqlite: WAL, numbered migrations, one writer at a time.

One connection per service: SQLite has one writer anyway, and aiosqlite runs it in a thread of its own. Readers that
must not wait for a long write open a second `Database` with `read_only=True`.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from shared.errors import PrintsweepError, Verdict

T = TypeVar("T")
_NUMBERED = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
BUSY_S = 5  # how long a statement waits for another process


class DatabaseNewer(PrintsweepError):
    """The database was written by a newer printsweep."""


class DatabaseUnusable(PrintsweepError):
    """The database file cannot be opened or written."""

    verdict = Verdict.RETRY


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


# Of two processes that make the same file at once SQLite refuses one at once: its busy timeout does not hold where both
# have begun to read the file that they would change (https://www.sqlite.org/c3ref/busy_handler.html).
@retry(retry=retry_if_exception(_is_busy), stop=stop_after_delay(BUSY_S), wait=wait_random(0.005, 0.05), reraise=True)
async def _write_ahead(connection: aiosqlite.Connection) -> None:
    await connection.execute("PRAGMA journal_mode=WAL")


def _steps(folder: Path) -> list[tuple[int, Path]]:
    return sorted((int(m[1]), p) for p in folder.iterdir() if (m := _NUMBERED.match(p.name)))


class Database:
    """One SQLite file. `migrations` is a folder of NNNN_name.sql files, applied once each in order."""

    def __init__(self, path: Path, migrations: Path | None = None, *, read_only: bool = False) -> None:
        self.path, self._migrations, self._read_only = path, migrations, read_only
        self._connection: aiosqlite.Connection | None = None
        self._writing = asyncio.Lock()

    @property
    def connection(self) -> aiosqlite.Connection:
        """The open connection."""
        if self._connection is None:
            raise DatabaseUnusable(f"{self.path} is not open.")
        return self._connection

    async def open(self) -> None:
        """Opens the file (and makes it), brings its tables up to date. Raises DatabaseUnusable, DatabaseNewer."""
        try:
            if self._read_only:
                self._connection = await aiosqlite.connect(f"file:{self.path}?mode=ro", uri=True, isolation_level=None)
            else:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._connection = await aiosqlite.connect(self.path, isolation_level=None)
                await _write_ahead(self._connection)
                await self._connection.execute("PRAGMA synchronous=NORMAL")
                # A checkpoint writes each changed page once: the rarer it is, the more changes share that (16 MB).
                await self._connection.execute("PRAGMA wal_autocheckpoint=4000")
            self._connection.row_factory = sqlite3.Row
            await self._connection.execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")
            await self._connection.execute("PRAGMA foreign_keys=ON")
            if self._migrations is not None and not self._read_only:
                await self._migrate(self._migrations)
        except (sqlite3.Error, OSError) as error:
            await self.close()
            remedy = "Is the folder there, writable, and the disk not full?"
            raise DatabaseUnusable(f"{self.path}: {error}. {remedy}") from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Closes the file."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _migrate(self, folder: Path) -> None:
        steps = _steps(folder)
        have = (await self.one("PRAGMA user_version"))[0]
        newest = steps[-1][0] if steps else 0
        if have > newest:
            raise DatabaseNewer(
                f"{self.path} is at version {have}, this program knows {newest}: use the newer program."
            )
        for number, path in steps:
            if number > have:
                await self._step(number, path.read_text(encoding="utf-8"))

    async def _step(self, number: int, script: str) -> None:
        try:
            await self.connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version={number};\nCOMMIT;")
        except sqlite3.Error:
            await self.connection.rollback()
            # Where processes share a file, another may have taken the same step a moment before.
            if (await self.one("PRAGMA user_version"))[0] < number:
                raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """One write transaction: committed at the end, rolled back by any exception. Writers wait for each other."""
        async with self._writing:
            connection = self.connection
            try:
                # Within the try: a caller cancelled here leaves a BEGIN that the thread carries out all the same.
                await connection.execute("BEGIN IMMEDIATE")
                yield connection
                # A COMMIT that fails (a full disk) leaves the transaction open: every later one would fail too.
                await connection.execute("COMMIT")
            except BaseException:
                await connection.rollback()  # does nothing where no transaction was begun
                raise

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """One write transaction, all of whose statements `work` executes in the connection's thread.

        For what is written often: `transaction` goes to the thread and back for each statement. Committed once `work`
        has returned, rolled back by whatever it raises. A caller that is cancelled leaves a transaction that still ends
        by itself, before any other begins.
        """
        async with self._writing:
            connection = self.connection
            # aiosqlite has no public way to run a function in its thread.
            found: T = await connection._execute(_transact, connection._conn, work)  # type: ignore[no-untyped-call]  # noqa: SLF001
            return found

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[aiosqlite.Connection]:
        """Reads between this connection's transactions: nothing uncommitted is seen, and the file is not locked."""
        async with self._writing:
            yield self.connection

    async def all(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query: say LIMIT in it."""
        async with self.connection.execute(sql, values) as cursor:
            return list(await cursor.fetchall())

    async def first(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
        """The first row, or None."""
        async with self.connection.execute(sql, values) as cursor:
            return await cursor.fetchone()

    async def one(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row:
        """The one row of a query that always has one."""
        row = await self.first(sql, values)
        if row is None:
            raise LookupError(sql)
        return row

    async def write(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> int:
        """One statement in a transaction of its own; returns the number of rows it changed."""
        async with self.transaction() as connection, connection.execute(sql, values) as cursor:
            return cursor.rowcount

    async def write_many(self, sql: str, rows: Iterable[Sequence[Any] | dict[str, Any]]) -> None:
        """One statement for many rows in one transaction."""
        async with self.transaction() as connection:
            await connection.executemany(sql, rows)


def _transact(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    try:
        connection.execute("BEGIN IMMEDIATE")
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()  # does nothing where no transaction was begun
        raise
    return result
