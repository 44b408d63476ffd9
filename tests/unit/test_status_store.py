"""The database: a large sweep, and pruning in small steps."""

import time
from collections.abc import AsyncIterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.status_api.api import store_polls as shown
from services.status_api.live.changes import Changes
from services.status_api.record.plausibility import Limits
from services.status_api.record.polls import PollEvent
from services.status_api.record.recorder import Recorder
from services.status_api.record.store_polls import apply_events
from services.status_api.retention.pruner import Pruner
from services.status_api.settings import StatusApiSettings
from shared.broker.delivery import Delivery
from shared.database import Database
from shared.messages.kinds import kind
from shared.words import RANK, PollState
from tests.support.status import at, printer, reading, result

MIGRATIONS = Path(__file__).parents[2] / "services" / "status_api" / "migrations"


async def nothing_bad(*_: Any) -> None:
    raise AssertionError("no result was bad")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(tmp_path / "status.sqlite", MIGRATIONS)
    await found.open()
    yield found
    await found.close()


@pytest.fixture
def recorder(database: Database) -> Recorder:
    return Recorder(database, Limits(24, 5000, 30), Changes(), nothing_bad)


async def tell(recorder: Recorder, name: str, body: dict[str, Any]) -> None:
    found: Any = orjson.dumps(body) if name == "polls.finished" else kind(name).body.model_validate(body)
    await recorder.handlers[name](Delivery("status.record", kind(name), found, None))  # type: ignore[arg-type]


def parts(total: int, size: int) -> list[range]:
    return [range(i, min(i + size, total + 1)) for i in range(1, total + 1, size)]


async def test_twenty_thousand_polls_of_one_sweep(recorder: Recorder, database: Database) -> None:
    n_polls = 20_000
    supplies = [
        {"index": f"1.{i}", "type": "toner", "color": c, "max": 100, "level": 50, "percent": 50, "state": "ok"}
        for i, c in enumerate(("black", "cyan", "magenta", "yellow"))
    ]
    found = reading(100, counters={f"c{i}": i for i in range(12)}, supplies=supplies)
    for version, ids in enumerate(parts(n_polls, 500), 1):
        await tell(
            recorder, "printers.changed", {"version": version, "changed": [printer(i, address="a") for i in ids]}
        )
    opened = {"sweep_id": "s", "slot": at(), "opened_at": at(), "reason": "scheduled", "counts": {"planned": n_polls}}
    await tell(recorder, "sweep.opened", opened)
    begun = time.process_time()
    for ids in parts(n_polls, 500):
        polls = [{"poll_id": f"p{i}", "printer_id": i, "site": "main"} for i in ids]
        body = {"sweep_id": "s", "lane": "routine", "requested_at": at(1), "polls": polls}
        await tell(recorder, "polls.requested", body)
    for ids in parts(n_polls, 100):
        results = [result(i, f"p{i}", sweep_id="s", address="a", reading=found) for i in ids]
        await tell(recorder, "polls.finished", {"collector": "c", "results": results})
    print(f"{(time.process_time() - begun) / n_polls * 1e6:.0f} us CPU a poll")  # noqa: T201 - shown with -s
    sweep = await shown.sweep(database, "s")
    assert sweep is not None
    assert (sweep["done"], sweep["requested"], sweep["waiting"]) == (n_polls, n_polls, 0)
    row = await database.one("SELECT COUNT(*) FROM latest WHERE total = 100 AND quarantined = 0")
    assert row[0] == n_polls
    assert recorder.recorded == n_polls


RUNS = count(1)
_STATES = [s for s in PollState if s not in (PollState.EXPIRED, PollState.DEAD)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
async def test_counts_match_the_polls_whatever_the_batches(database: Database, data: st.DataObject) -> None:
    """Events of several polls, shuffled, cut into batches, some delivered twice: the counters match the rows."""
    run = next(RUNS)
    sweep_id = f"s{run}"
    told = [
        PollEvent(f"{run}-{n}", state, printer_id=n, sweep_id=None if state is PollState.IN_PROGRESS else sweep_id)
        for n in range(6)
        for state in data.draw(st.sets(st.sampled_from(_STATES), min_size=1))
    ]
    events = data.draw(st.permutations(told)) + data.draw(st.lists(st.sampled_from(told), max_size=5))
    while events:
        size = data.draw(st.integers(1, len(events)))
        batch, events = events[:size], events[size:]
        await database.run(partial(apply_events, events=batch))
    rows = await database.all("SELECT state, sweep_id FROM polls WHERE poll_id LIKE ? || '-%'", (str(run),))
    expected: dict[str, int] = {}
    for row in rows:
        if row["sweep_id"]:
            expected[row["state"]] = expected.get(row["state"], 0) + 1
    counted = await database.all("SELECT word, n FROM sweep_counts WHERE sweep_id = ? AND n <> 0", (sweep_id,))
    assert {r["word"]: r["n"] for r in counted if ":" not in r["word"]} == expected
    best: dict[str, int] = {}
    for event in told:
        best[event.poll_id] = max(best.get(event.poll_id, 0), RANK[event.state])
    assert sorted(RANK[PollState(r["state"])] for r in rows) == sorted(best.values())


async def test_pruning_keeps_what_the_settings_say(recorder: Recorder, database: Database, tmp_path: Path) -> None:
    await tell(recorder, "printers.changed", {"version": 1, "changed": [printer(1), printer(2)]})
    for n in range(48):  # two days, a reading an hour
        body = {"collector": "c", "results": [result(1, f"p{n}", seconds=3600 * n)]}
        await tell(recorder, "polls.finished", body)
    await tell(recorder, "polls.finished", {"collector": "c", "results": [result(2, "other")]})
    await tell(recorder, "printers.changed", {"version": 2, "removed": [2]})
    values = {"data_dir": tmp_path, "status_api_keep_readings_days": 0.001, "status_api_keep_daily_days": 100_000}
    pruner = Pruner(StatusApiSettings.load(**values), database)
    deleted = await pruner.round()
    rows = await database.all("SELECT read_at FROM readings WHERE printer_id = 1 ORDER BY read_at")
    assert [r["read_at"][:13] for r in rows] == ["2026-01-05T23", "2026-01-06T23", "2026-01-07T09"]
    assert deleted["polls"] == 0  # just seen
    assert [r["printer_id"] for r in await database.all("SELECT printer_id FROM latest")] == [1]
    assert sum((await pruner.round()).values()) == 0


async def test_a_pass_that_failed_may_be_replayed_and_one_that_is_done_stays_done(
    recorder: Recorder, database: Database
) -> None:
    async def told(state: str, started: int) -> str:
        await tell(recorder, "glpi.reconciled", {"pass_id": "p", "state": state, "started_at": at(started)})
        return str((await database.one("SELECT state FROM glpi_passes"))[0])

    assert await told("failed", 1) == "failed"
    assert await told("running", 1) == "failed"  # late news of the attempt that failed
    assert await told("running", 5) == "running"  # the replay
    assert await told("done", 5) == "done"
    assert await told("running", 9) == "done"
