"""SQLite files: migrations once and in order, transactions whole or not at all, clear errors."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.database import Database, DatabaseNewer, DatabaseUnusable


def _migrations(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, sql in files.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(sql)
    return folder


async def test_migrations_run_once_each_and_in_order(tmp_path: Path) -> None:
    folder = _migrations(tmp_path / "m", m0001_first="CREATE TABLE t (x INTEGER);")
    database = Database(tmp_path / "db", folder)
    await database.open()
    await database.write("INSERT INTO t VALUES (1)")
    await database.close()
    _migrations(folder, m0002_second="ALTER TABLE t ADD COLUMN y INTEGER DEFAULT 7;")
    database = Database(tmp_path / "db", folder)
    await database.open()
    assert tuple(await database.one("SELECT x, y FROM t")) == (1, 7)
    await database.close()


async def test_a_failing_migration_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    folder = _migrations(tmp_path / "m", m0001_first="CREATE TABLE t (x INTEGER);")
    await _opened_and_closed(Database(tmp_path / "db", folder))
    _migrations(folder, m0002_broken="CREATE TABLE u (x INTEGER); NONSENSE;")
    with pytest.raises(DatabaseUnusable, match="NONSENSE"):
        await Database(tmp_path / "db", folder).open()
    (folder / "0002_broken.sql").unlink()
    database = Database(tmp_path / "db", folder)
    await database.open()
    assert await database.first("SELECT name FROM sqlite_master WHERE name = 'u'") is None
    await database.close()


async def test_a_file_of_a_newer_program_is_not_touched(tmp_path: Path) -> None:
    folder = _migrations(tmp_path / "m", m0001_a="SELECT 1;", m0002_b="SELECT 1;")
    await _opened_and_closed(Database(tmp_path / "db", folder))
    (folder / "0002_b.sql").unlink()
    with pytest.raises(DatabaseNewer, match="version 2, this program knows 1"):
        await Database(tmp_path / "db", folder).open()


async def test_a_transaction_is_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database(tmp_path / "db", _migrations(tmp_path / "m", m0001_a="CREATE TABLE t (x INTEGER);"))
    await database.open()
    with pytest.raises(ZeroDivisionError):
        await _insert_and_fail(database)
    assert (await database.one("SELECT count(*) FROM t"))[0] == 0
    await database.write_many("INSERT INTO t VALUES (?)", [(n,) for n in range(3)])
    assert (await database.one("SELECT count(*) FROM t"))[0] == 3
    await database.close()


async def test_a_transaction_in_the_thread_is_whole_or_not_at_all_also_where_its_caller_has_gone(
    tmp_path: Path,
) -> None:
    database = Database(tmp_path / "db", _migrations(tmp_path / "m", m0001_a="CREATE TABLE t (x INTEGER UNIQUE);"))
    await database.open()

    def insert(*values: int) -> Callable[[sqlite3.Connection], int]:
        def work(connection: sqlite3.Connection) -> int:
            for value in values:
                connection.execute("INSERT INTO t VALUES (?)", (value,))
            return sum(values)

        return work

    assert await database.run(insert(1, 2)) == 3
    with pytest.raises(sqlite3.IntegrityError):
        await database.run(insert(3, 1))
    assert [row[0] for row in await database.all("SELECT x FROM t ORDER BY x")] == [1, 2]
    gone = asyncio.create_task(database.run(insert(4, 5)))
    await asyncio.sleep(0)  # it is in the thread's hands
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await database.write("INSERT INTO t VALUES (6)") == 1
    assert [row[0] for row in await database.all("SELECT x FROM t ORDER BY x")] == [1, 2, 4, 5, 6]
    await database.close()


async def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnusable, match="Is the folder there"):
        await Database(tmp_path / "file" / "db").open()


async def _opened_and_closed(database: Database) -> None:
    await database.open()
    await database.close()


async def _insert_and_fail(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError


async def test_processes_that_open_a_new_file_at_once_all_get_it(tmp_path: Path) -> None:
    steps = {f"m{number:04}_t": f"CREATE TABLE t{number} (a INTEGER);" for number in range(1, 6)}
    folder = _migrations(tmp_path / "m", **steps)
    for number in range(30):  # one file in ten or so met what SQLite does not wait for
        databases = [Database(tmp_path / f"{number}.db", folder) for _ in range(6)]
        await asyncio.gather(*(database.open() for database in databases))
        for database in databases:
            assert (await database.one("PRAGMA user_version"))[0] == 5
            await database.close()
