"""A database that cannot be written makes the recorder wait, not lose."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from services.status_api.errors import StorageUnavailable
from services.status_api.record import patience
from shared.database import Database
from shared.errors import Verdict, verdict_of


async def test_a_locked_database_is_waited_for(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.sqlite")
    await database.open()
    await database.write("CREATE TABLE t (n INTEGER)")
    await database.connection.execute("PRAGMA busy_timeout=0")
    other = sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tried = asyncio.Event()

    async def write(n: int) -> None:
        tried.set()
        await database.write("INSERT INTO t VALUES (?)", (n,))

    waiting = asyncio.create_task(patience.patient(write)(5))
    await tried.wait()
    other.execute("COMMIT")
    other.close()
    await waiting
    assert (await database.one("SELECT n FROM t"))[0] == 5
    await database.close()


async def test_in_the_end_the_ladder_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_GIVE_UP_S", 0.0)

    async def fail(_: int) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(StorageUnavailable, match="disk is full") as error:
        await patience.patient(fail)(1)
    assert verdict_of(error.value) is Verdict.RETRY


async def test_a_transaction_that_cannot_commit_or_was_cancelled_leaves_none_behind(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.sqlite")
    await database.open()
    await database.write("CREATE TABLE p (id INTEGER PRIMARY KEY)")
    await database.write(
        "CREATE TABLE t (p INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)"
    )  # fails at the commit
    with pytest.raises(sqlite3.IntegrityError):
        await database.write("INSERT INTO t VALUES (9)")

    begun = asyncio.Event()

    async def half() -> None:
        async with database.transaction() as db:
            begun.set()
            await db.execute("INSERT INTO p VALUES (1)")
            await asyncio.Event().wait()

    task = asyncio.create_task(half())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    task = asyncio.create_task(half())
    await asyncio.sleep(0)  # it stands in BEGIN now
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await database.write("INSERT INTO p VALUES (2)") == 1
    assert [r[0] for r in await database.all("SELECT id FROM p")] == [2]
    await database.close()
