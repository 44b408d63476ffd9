"""What comes at nearly the same time is one transaction: in its order, whole, and nobody pays for another's mistake."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.status_api.record import together
from services.status_api.record.together import Together
from shared.database import Database

Write = Callable[[sqlite3.Connection], None]


class Writer:
    """Writes into a real file, and notes how many works came together."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.groups: list[int] = []
        self.together = Together[Write](self._write)

    async def _write(self, works: list[Write]) -> None:
        self.groups.append(len(works))

        def all_of_them(db: sqlite3.Connection) -> None:
            for work in works:
                work(db)

        await self.database.run(all_of_them)

    async def notes(self) -> list[int]:
        return [row[0] for row in await self.database.all("SELECT n FROM notes ORDER BY rowid LIMIT 1000")]


def note(n: int) -> Write:
    def write(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO notes VALUES (?)", (n,))

    return write


def fail(db: sqlite3.Connection) -> None:
    note(-1)(db)
    raise ZeroDivisionError


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[Writer]:
    database = Database(tmp_path / "x.sqlite")
    await database.open()
    await database.write("CREATE TABLE notes (n INTEGER CHECK (n < 1000))")
    yield Writer(database)
    await database.close()


async def all_of(writer: Writer, *works: Write, rows: int = 1) -> list[BaseException | None]:
    """Hands the works in, in their order, before any of them is written."""
    return await asyncio.gather(*(writer.together.add(work, rows) for work in works), return_exceptions=True)


async def test_what_comes_together_is_written_together_and_in_its_order(writer: Writer) -> None:
    assert await all_of(writer, *map(note, range(20))) == [None] * 20
    assert writer.groups == [20]
    assert await writer.notes() == list(range(20))


async def test_what_comes_meanwhile_waits_for_the_next_transaction(writer: Writer) -> None:
    begun, later = asyncio.Event(), asyncio.Event()
    write = writer.together._write

    async def slow(works: list[Write]) -> None:
        begun.set()
        await later.wait()
        await write(works)

    writer.together._write = slow
    first = asyncio.create_task(writer.together.add(note(1), 1))
    await begun.wait()
    rest = [asyncio.create_task(writer.together.add(note(n), 1)) for n in (2, 3, 4)]
    await asyncio.sleep(0)
    later.set()
    await asyncio.gather(first, *rest)
    assert writer.groups == [1, 3]
    assert await writer.notes() == [1, 2, 3, 4]


async def test_one_that_fails_fails_alone_and_leaves_nothing(writer: Writer) -> None:
    found = await all_of(writer, note(1), fail, note(2), note(1000), note(3))
    assert [type(error) for error in found] == [
        type(None), ZeroDivisionError, type(None), sqlite3.IntegrityError, type(None),
    ]  # fmt: skip
    assert await writer.notes() == [1, 2, 3]
    assert writer.groups == [5, *[1] * 5]


async def test_where_the_database_cannot_be_written_nobody_tries_alone(writer: Writer) -> None:
    await writer.database.connection.execute("PRAGMA busy_timeout=0")
    other = sqlite3.connect(writer.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    found = await all_of(writer, note(1), note(2))
    other.execute("COMMIT")
    other.close()
    assert [type(error) for error in found] == [sqlite3.OperationalError] * 2
    assert writer.groups == [2]
    assert await all_of(writer, note(1), note(2)) == [None, None]
    assert await writer.notes() == [1, 2]


async def test_a_transaction_is_bounded_however_much_waits(writer: Writer) -> None:
    each = together.MOST_ROWS // 2
    await all_of(writer, *map(note, range(7)), rows=each)
    assert writer.groups == [2, 2, 2, 1]
    await all_of(writer, *map(note, range(3)), rows=together.MOST_ROWS * 2)  # too much even alone
    assert writer.groups[4:] == [1, 1, 1]
    assert await writer.notes() == [*range(7), *range(3)]


async def test_who_no_longer_waits_is_not_written_for(writer: Writer) -> None:
    tasks = [asyncio.create_task(writer.together.add(note(n), 1)) for n in range(3)]
    await asyncio.sleep(0)  # they stand in the queue
    tasks[1].cancel()
    assert [type(e) for e in await asyncio.gather(*tasks, return_exceptions=True)] == [
        type(None), asyncio.CancelledError, type(None),
    ]  # fmt: skip
    assert await writer.notes() == [0, 2]


async def test_enough_does_not_wait_for_the_pace(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "PACE_S", 3600.0)
    assert await all_of(writer, note(0)) == [None]  # after a pause at once
    assert await all_of(writer, *map(note, range(together.ENOUGH))) == [None] * together.ENOUGH
    assert await all_of(writer, note(7), rows=together.ENOUGH_ROWS) == [None]
    waiting = asyncio.create_task(writer.together.add(note(8), 1))
    await asyncio.sleep(0)
    assert not waiting.done()
    await all_of(writer, *map(note, range(together.ENOUGH - 1)))
    assert waiting.done()
    assert writer.groups == [1, together.ENOUGH, 1, together.ENOUGH]
