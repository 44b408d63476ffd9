"""Rounds and sweeps over the real database, with a clock that the test turns."""

import json
import sqlite3
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduler import store_outbox, store_polls, store_printers
from services.scheduler.errors import DatabaseBusy, SteppedDown
from services.scheduler.inventory import Inventory
from services.scheduler.planner import NAMESPACE, BackOff, poll_id_of
from services.scheduler.rounds import Rounds
from services.scheduler.settings import SchedulerSettings
from services.scheduler.slots import calendar
from services.scheduler.store import Store
from services.scheduler.store_polls import Poll
from services.scheduler.sweeps import Sweeps
from shared.messages.kinds import kind
from shared.messages.sweeps import InventoryCommand
from tests.support.clock import FakeClock


class Bench:
    """A leading scheduler's parts without their broker; the test plays publisher and collectors."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        values = {"scheduler_timezone": "UTC", "data_dir": folder, **settings}
        self.settings = SchedulerSettings(**values)
        self.clock = FakeClock()
        self.store = Store(folder)
        self.sweeps = Sweeps(self.store, self.settings, self.clock, lambda: None)
        self.rounds = self.new_rounds()

    def new_rounds(self) -> Rounds:
        days = calendar(self.settings.scheduler_cron, self.settings.interval_s, self.settings.zone)
        return Rounds(self.store, self.sweeps, days, self.settings, self.clock)

    async def add(self, count: int, **more: Any) -> None:
        inventory = Inventory(self.clock, 1_000_000)
        have = len(await self.rows("SELECT id FROM printers"))
        text = "\n".join(f"10.0.{(have + n) // 250}.{(have + n) % 250 + 1}" for n in range(count))
        header, values = "".join(f",{k}" for k in more), "".join(f",{v}" for v in more.values())
        text = "\n".join([f"address{header}", *(line + values for line in text.splitlines())])
        command = InventoryCommand(action="import", csv=text)
        table = await inventory.prepare(command)
        async with self.store.transaction() as c:
            await inventory.act(c, command, table)

    async def rows(self, sql: str) -> list[Any]:
        return await self.store.database.all(sql)

    async def take_all(self, lane: str = "routine") -> list[Poll]:
        """The broker takes everything that waits."""
        async with self.store.transaction() as c:
            polls = await store_polls.waiting(c, "main", lane, 100_000)
        await self.sweeps.requested(polls, self.clock.now(), lane)
        return polls

    async def end_all(self, state: str, *printer_ids: int) -> None:
        rows = await self.rows("SELECT poll_id, printer_id FROM polls")
        chosen = [r for r in rows if not printer_ids or r["printer_id"] in printer_ids]
        answered = [r["printer_id"] for r in chosen] if state == "done" else []
        await self.sweeps.end({r["poll_id"]: state for r in chosen}, answered)

    async def told(self, name: str) -> list[dict[str, Any]]:
        """The events of a kind, each valid."""
        rows = await self.rows("SELECT kind, body FROM outbox ORDER BY seq")
        bodies = [json.loads(r["body"]) for r in rows if r["kind"] == name]
        for body in bodies:
            kind(name).body.model_validate(body)
        return bodies

    async def slot(self, **by: float) -> dict[str, Any] | None:
        """Turns the clock and fires; the sweep that was opened."""
        before = len(await self.told("sweep.opened"))
        self.clock.advance(**(by or {"hours": 1}))
        await self.rounds.fire()
        opened = await self.told("sweep.opened")
        return opened[-1] if len(opened) > before else None


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    await made.store.open()
    await made.store.lead("test")
    await made.rounds.fire()
    yield made
    await made.store.close()


def planned(sweep: dict[str, Any] | None) -> tuple[int, int]:
    assert sweep is not None
    return sweep["counts"]["planned"], sweep["counts"]["backed_off"]


async def test_slots_fire_once_and_in_time(bench: Bench) -> None:
    await bench.add(3)
    assert bench.rounds.next_slot == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert await bench.slot(minutes=29) is None
    sweep = await bench.slot(minutes=1)
    assert sweep is not None
    assert (sweep["reason"], sweep["missed_slots"], sweep["slot"]) == ("scheduled", 0, "2026-06-01T10:00:00.000+00:00")
    assert planned(sweep) == (3, 0)
    assert await bench.slot(seconds=1) is None
    # Another scheduler that would open the same slot changes nothing, and poll ids are the same everywhere.
    ids = {r["poll_id"] for r in await bench.rows("SELECT poll_id FROM polls")}
    assert ids == {poll_id_of(n, "2026-06-01T10:00:00.000+00:00") for n in (1, 2, 3)}


async def test_missed_slots_are_made_good_once(bench: Bench) -> None:
    await bench.add(2)
    assert planned(await bench.slot(minutes=30)) == (2, 0)
    await bench.take_all()
    await bench.end_all("done")
    bench.clock.advance(hours=3, minutes=20)
    sweep = await bench.slot(minutes=0)
    assert sweep is not None
    assert (sweep["reason"], sweep["missed_slots"], sweep["slot"][11:16]) == ("catch_up", 3, "13:00")
    assert await bench.slot(minutes=1) is None
    assert bench.rounds.next_slot == datetime(2026, 6, 1, 14, tzinfo=UTC)
    # The printers had their turn in that slot; at the next their hour has elapsed.
    await bench.take_all()
    await bench.end_all("done")
    assert planned(await bench.slot(minutes=39)) == (2, 0)


async def test_a_clock_that_went_back_does_not_stop_the_slots(bench: Bench) -> None:
    assert await bench.slot(hours=1) is not None
    bench.clock.set(datetime(2026, 5, 1, 9, 30, tzinfo=UTC))
    await bench.rounds.fire()
    assert bench.rounds.next_slot == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert await bench.slot(minutes=30) is not None


async def test_each_printer_has_its_own_interval(bench: Bench) -> None:
    await bench.add(1)
    await bench.add(1, interval_minutes=120)
    await bench.add(1, interval_minutes=150)
    await bench.add(1, enabled="no")
    polled = []
    for _ in range(7):
        await bench.slot()
        polled.append([p.printer_id for p in await bench.take_all()])
        await bench.end_all("done")
    assert polled == [[1, 2, 3], [1], [1, 2], [1, 3], [1, 2], [1], [1, 2, 3]]


async def test_printers_that_never_answer_back_off(bench: Bench) -> None:
    await bench.add(2)
    turns = ""
    for _ in range(30):
        sweep = await bench.slot()
        polls = await bench.take_all()
        assert planned(sweep) == (len(polls), 2 - len(polls))
        turns += "x" if any(p.printer_id == 2 for p in polls) else "."
        await bench.end_all("done", 1)
        await bench.end_all("failed", 2)
    # The first three as ever, then every second slot, every fourth, every eighth ...
    assert turns == "xxx.x...x.......x............."
    # Forced, it is polled; once it answers all is as before.
    async with bench.store.transaction() as c:
        calm = await bench.sweeps.open_ordered(c, site=None, force=False, requested_by="")
    assert (calm["planned"], calm["backed_off"]) == (1, 1)
    async with bench.store.transaction() as c:
        forced = await bench.sweeps.open_ordered(c, site="main", force=True, requested_by="")
    assert (forced["planned"], forced["backed_off"], forced["outstanding"]) == (1, 0, 1)
    await bench.take_all()
    await bench.end_all("done")
    assert planned(await bench.slot()) == (2, 0)


@pytest.mark.parametrize(("failures", "period"), [(0, 1), (2, 1), (3, 2), (4, 4), (5, 8), (7, 24), (500, 24)])
def test_periods_of_backing_off(failures: int, period: int) -> None:
    assert BackOff(3, 24).period(failures) == period


async def test_a_poll_that_is_open_is_not_doubled(bench: Bench) -> None:
    await bench.add(3)
    first = await bench.slot(minutes=30)
    await bench.take_all()
    await bench.end_all("done", 1)
    bench.clock.advance(minutes=40)
    async with bench.store.transaction() as c:
        answer = await bench.sweeps.open_ordered(c, site=None, force=False, requested_by="")
    assert (answer["planned"], answer["outstanding"]) == (1, 2)
    # At the next slot the first sweep's polls are as old as their queue's TTL: EXPIRED, and polled anew. Printer 1's
    # poll of the ordered sweep still waits: passed over.
    second = await bench.slot(minutes=20)
    assert planned(second) == (2, 0)
    expired = await bench.told("polls.expired")
    assert [len(b["polls"]) for b in expired] == [2]
    closed = {b["sweep_id"]: b["counts"] for b in await bench.told("sweep.closed")}
    assert first is not None
    assert closed[first["sweep_id"]] == {
        "planned": 3,
        "requested": 3,
        "refused": 0,
        "expired": 2,
        "dead": 0,
        "done": 1,
        "failed": 0,
        "backed_off": 0,
    }


async def test_counts_when_results_overtake_and_repeat(bench: Bench) -> None:
    await bench.add(4)
    sweep = await bench.slot(minutes=30)
    assert sweep is not None
    async with bench.store.transaction() as c:
        polls = await store_polls.waiting(c, "main", "routine", 10)
    by_printer = {p.printer_id: p for p in polls}
    # Printer 1's result comes before the confirm was noted, twice; printer 2's expiry and then its result.
    await bench.sweeps.end({by_printer[1].poll_id: "done"}, [1])
    await bench.sweeps.end({by_printer[1].poll_id: "failed"})
    await bench.sweeps.requested(polls[:3], bench.clock.now(), "routine")
    await bench.sweeps.end({by_printer[2].poll_id: "expired"})
    await bench.sweeps.end({by_printer[2].poll_id: "done"}, [2])
    await bench.sweeps.end({by_printer[3].poll_id: "dead"})
    assert not await bench.told("sweep.closed")
    await bench.sweeps.refuse([by_printer[4]], "queue_full")
    (closed,) = await bench.told("sweep.closed")
    counts = closed["counts"]
    assert (counts["requested"], counts["refused"], counts["done"]) == (3, 1, 1)
    assert (counts["expired"], counts["dead"], counts["failed"]) == (1, 1, 0)
    failures = {r["id"]: r["failures"] for r in await bench.rows("SELECT id, failures FROM printers")}
    assert failures == {1: 0, 2: 0, 3: 1, 4: 0}
    # Each is told to be requested once, whichever came first.
    told = Counter(p["printer_id"] for b in await bench.told("polls.requested") for p in b["polls"])
    assert told == {1: 1, 2: 1, 3: 1}


async def test_no_result_expires_by_the_clock(bench: Bench) -> None:
    await bench.add(2)
    await bench.slot(minutes=30)
    await bench.take_all()
    bench.clock.advance(minutes=61)
    assert await bench.sweeps.expire() == 0
    bench.clock.advance(minutes=1)
    assert await bench.sweeps.expire() == 2
    assert (await bench.told("sweep.closed"))[0]["counts"]["expired"] == 2


async def test_a_sweep_over_nobody_closes_at_once(bench: Bench) -> None:
    assert planned(await bench.slot()) == (0, 0)
    assert len(await bench.told("sweep.closed")) == 1


async def test_a_stale_leader_writes_nothing(bench: Bench, tmp_path: Path) -> None:
    await bench.add(1)
    other = Store(tmp_path)
    await other.open()
    assert await other.lead("other") == 2
    with pytest.raises(SteppedDown):
        await bench.slot()
    assert not await bench.told("sweep.opened")
    await other.close()


async def test_a_database_that_cannot_be_written_is_said_to_be_so(bench: Bench, tmp_path: Path) -> None:
    await bench.store.database.connection.execute("PRAGMA busy_timeout=10")
    blocker = sqlite3.connect(tmp_path / "scheduler.sqlite3", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy, match=r"the last leader was test \(process \d+\)"):
        await bench.slot()
    blocker.execute("ROLLBACK")
    blocker.close()
    assert await bench.slot()


async def test_a_full_outbox_drops_progress_and_owes_a_snapshot(bench: Bench) -> None:
    await bench.add(20)
    for _ in range(10):
        await bench.slot()
        await bench.take_all()
        await bench.end_all("done")
    before = len(await bench.rows("SELECT seq FROM outbox"))
    async with bench.store.transaction() as c:
        assert await store_outbox.shed(c, before) == {}
        assert await store_outbox.shed(c, before - 3) == {"polls.requested": 3}
        assert await store_outbox.shed(c, 5) == {"polls.requested": 7, "printers.changed": 1}
    assert len(await bench.told("sweep.opened")) == len(await bench.told("sweep.closed")) == 10
    inventory = Inventory(bench.clock, 100)
    async with bench.store.transaction() as c:
        assert await inventory.is_snapshot_due(c)
        await inventory.snapshot(c)
        assert not await inventory.is_snapshot_due(c)
        bench.clock.advance(hours=25)
        assert await inventory.is_snapshot_due(c)
    assert [b["snapshot"]["total"] for b in await bench.told("printers.changed")] == [20]


async def test_who_failed_last_is_told_with_the_poll(bench: Bench) -> None:
    await bench.add(3)
    await bench.slot(minutes=30)
    await bench.take_all()
    await bench.end_all("done", 1, 3)
    await bench.end_all("failed", 2)
    await bench.slot()
    async with bench.store.transaction() as c:
        await store_printers.remove(c, [3])
    assert [(p.printer_id, p.failing) for p in await bench.take_all()] == [(1, False), (2, True), (3, False)]


async def test_large_windows_and_ends_are_one_statement_each(bench: Bench) -> None:
    await bench.add(3000)
    sweep = await bench.slot(minutes=30)
    assert planned(sweep) == (3000, 0)
    assert len(await bench.take_all()) == 3000
    assert await bench.take_all() == []
    await bench.end_all("done")
    (closed,) = await bench.told("sweep.closed")
    assert (closed["counts"]["requested"], closed["counts"]["done"]) == (3000, 3000)
    assert await bench.rows("SELECT 1 FROM polls") == []


async def test_no_statement_of_a_poll_s_life_reads_all_polls(bench: Bench) -> None:
    """Each is executed thousands of times while thousands of polls are open."""
    await bench.add(3)
    await bench.slot(minutes=30)
    executed: list[str] = []
    await bench.store.database.connection.set_trace_callback(executed.append)
    async with bench.store.database.reading() as c:
        polls = await store_polls.waiting(c, "main", "routine", 2)
    await bench.sweeps.requested(polls, bench.clock.now(), "routine")
    await bench.sweeps.refuse(polls[:1], "queue_full")
    await bench.sweeps.end({polls[1].poll_id: "failed"})
    await bench.sweeps.expire()
    await bench.store.database.connection.set_trace_callback(None)
    asked = [sql for sql in executed if "polls" in sql and sql.startswith(("SELECT", "UPDATE", "DELETE"))]
    assert len(asked) >= 8
    for sql in asked:
        steps = [row["detail"] for row in await bench.rows(f"EXPLAIN QUERY PLAN {sql}")]
        assert steps
        assert not [s for s in steps if s.startswith("SCAN polls") or "TEMP B-TREE" in s], (sql, steps)


@given(st.integers(1, 2**53 - 1), st.text(max_size=60))
def test_poll_ids_are_uuid5(printer_id: int, occasion: str) -> None:
    assert poll_id_of(printer_id, occasion) == str(uuid.uuid5(NAMESPACE, f"poll {printer_id} {occasion}"))


async def test_an_id_is_never_given_twice(bench: Bench) -> None:
    await bench.add(2)
    async with bench.store.transaction() as c:
        await store_printers.remove(c, [2])
    await bench.add(1)
    assert [r["id"] for r in await bench.rows("SELECT id FROM printers ORDER BY id")] == [1, 3]


async def test_the_inventory_is_bounded(bench: Bench) -> None:
    inventory = Inventory(bench.clock, 2)
    command = InventoryCommand(action="import", csv="address\n10.0.0.1\n10.0.0.2\n10.0.0.3")
    table = await inventory.prepare(command)
    async with bench.store.transaction() as c:
        report = await inventory.act(c, command, table)
    assert report["added"] == 2
    assert report["errors"] == [{"line": 4, "reason": "The inventory is full: 2 printers."}]


def test_patience_is_half_the_interval() -> None:
    settings = SchedulerSettings(poll_interval_minutes=30)
    assert timedelta(seconds=settings.patience_s("routine")) == timedelta(minutes=15)
