"""What glpi_sync remembers: serials, verdicts, whom to ask, passes, the local copy."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import services.glpi_sync
from services.glpi_sync.client import GlpiPrinter
from services.glpi_sync.closed import Told
from services.glpi_sync.serials import normal_form
from services.glpi_sync.store import Given, Store
from services.glpi_sync.store_passes import KEPT, PassRow, PassStore
from shared.database import Database
from shared.messages.base import now

MIGRATIONS = Path(services.glpi_sync.__file__).parent / "migrations"
DAY = timedelta(hours=24)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "glpi_sync.db", MIGRATIONS)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database, DAY)


@pytest.fixture
def passes(database: Database) -> PassStore:
    return PassStore(database)


def told(*serials: str, first: int = 1) -> list[Told]:
    return [Told(number, normal_form(raw), raw) for number, raw in enumerate(serials, first)]


def given(number: int, serial: str, at: datetime | None = None) -> Given:
    return Given(number, normal_form(serial), "FOUND_SINGLE", at or now(), None)


async def ids(store: Store, limit: int = 100) -> list[int]:
    return [one.printer_id for one in await store.newcomers(limit)]


async def test_new_and_changed_serials_are_counted(store: Store) -> None:
    at = now() - timedelta(minutes=9)
    assert await store.remember(at, told("A", "B")) == 2
    assert await store.remember(at + timedelta(minutes=1), told("A", "b ")) == 0  # another spelling, the same serial
    assert await store.remember(at + timedelta(minutes=2), told("A", "C")) == 1
    assert await store.known() == 2


async def test_an_older_reading_changes_nothing(store: Store) -> None:
    at = now()
    await store.remember(at, told("NEW"))
    await store.remember(at - timedelta(hours=1), told("OLD"))
    assert [one.raw for one in await store.newcomers(9)] == ["NEW"]


async def test_a_reading_without_a_serial_takes_a_known_one_away_only_after_a_while(store: Store) -> None:
    at = now() - timedelta(days=3)
    await store.remember(at, told("A"))
    await store.remember(at + timedelta(hours=1), told(""))
    assert [one.raw for one in await store.newcomers(9)] == ["A"]
    await store.remember(at + timedelta(hours=25), told(""))
    assert [one.raw for one in await store.newcomers(9)] == [""]


async def test_newcomers_have_no_verdict_on_their_present_serial_and_are_asked_for_once(store: Store) -> None:
    await store.remember(now(), told("A", "B", "C", "D"))
    await store.give([given(1, "a"), given(2, "OTHER")])
    assert await ids(store) == [2, 3, 4]
    assert await ids(store, 2) == [2, 3]
    await store.mark_asked([2, 3])
    assert await ids(store) == [4]
    assert await store.unjudged([1, 2, 9]) == {2}
    await store.remember(now(), told("CHANGED", first=3))  # while the question was on its way
    assert await ids(store) == [3, 4]
    await store.mark_all_asked()
    assert await ids(store) == []


async def test_a_question_without_an_answer_is_asked_again_after_a_while(database: Database) -> None:
    patient, hasty = Store(database, DAY), Store(database, timedelta(0))
    await patient.remember(now(), told("A"))
    await patient.mark_asked([1])
    assert await ids(patient) == []
    assert await ids(hasty) == [1]


async def test_a_pass_takes_all_or_the_most_due(store: Store) -> None:
    await store.remember(now(), told("A", "B", "C", "D", "E"))
    present = now()
    await store.give(
        [
            given(1, "A", present),
            given(2, "B", present - 3 * DAY),
            given(3, "C", present - 2 * DAY),
            given(4, "OTHER", present),
        ]
    )

    async def due(limit: int, *, limited: bool, force: bool = False) -> list[int]:
        return [one.printer_id for one in await store.due(limit, limited=limited, force=force)]

    assert await due(100, limited=False) == [4, 5, 2, 3, 1]
    assert await due(100, limited=True) == [4, 5, 2, 3]
    assert await due(3, limited=True) == [4, 5, 2]
    assert await due(100, limited=True, force=True) == [4, 5, 2, 3, 1]


async def test_what_was_not_read_for_long_is_forgotten_and_the_rest_is_bounded(store: Store) -> None:
    await store.remember(now() - 100 * DAY, told("A", "B"))
    await store.remember(now() - timedelta(hours=1), told("C", "D", first=3))
    await store.remember(now(), told("E", "F", first=5))
    await store.give([given(1, "A"), given(3, "C"), given(5, "E")])
    assert await store.forget(90 * DAY, most=3) == 3
    assert await store.known() == 3
    assert await store.counts() == {"FOUND_SINGLE": 2}


async def test_passes_are_kept_as_they_stand_and_bounded(passes: PassStore) -> None:
    begun = now() - timedelta(hours=9)
    row = PassRow("p1", "running", dry_run=False, started_at=begun, attempts=1, error="GLPI is away.")
    await passes.save(row)
    assert await passes.find("p1") == row
    row.state, row.finished_at, row.counts, row.error = "done", now(), {"NOT_FOUND": 3}, None
    await passes.save(row)
    assert await passes.find("p1") == row == await passes.last()
    for number in range(KEPT + 5):
        at = begun + timedelta(seconds=number + 1)
        await passes.save(PassRow(f"q{number}", "done", dry_run=True, started_at=at))
    assert await passes.find("p1") is None
    assert await passes.find(f"q{KEPT + 4}") == await passes.last()


async def test_a_pass_is_coming_until_it_ends_or_is_given_up(passes: PassStore) -> None:
    assert not await passes.is_coming(DAY)
    row = PassRow("p1", "ordered", dry_run=False, started_at=now() - timedelta(hours=1))
    await passes.save(row)
    assert await passes.is_coming(DAY)
    assert not await passes.is_coming(timedelta(minutes=1))
    assert await passes.last() is None
    row.state = "done"
    await passes.save(row)
    assert not await passes.is_coming(DAY)
    await passes.save(PassRow("p2", "ordered", dry_run=False, started_at=now()))
    await passes.drop("p2")
    assert not await passes.is_coming(DAY)


async def test_the_local_copy_is_replaced_as_a_whole(passes: PassStore, database: Database) -> None:
    def printer(number: int, serial: str | None) -> GlpiPrinter:
        return GlpiPrinter(number, 1, f"p{number}", serial, in_trash=number == 2, is_dynamic=True, pages=None)

    await passes.replace_copy([printer(1, "a"), printer(2, None)], {0: "Root", 1: "Root > A"})
    await passes.replace_copy([printer(2, " b "), printer(3, "c")], {0: "Root"})
    assert await passes.copied() == 2
    rows = await database.all("SELECT id, normal, in_trash FROM glpi_printers ORDER BY id LIMIT 9")
    assert [tuple(row) for row in rows] == [(2, "B", 1), (3, "C", 0)]
    assert (await database.one("SELECT COUNT(*) FROM glpi_entities"))[0] == 1
