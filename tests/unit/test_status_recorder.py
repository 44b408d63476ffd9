"""The recorder with a real database: messages that share a transaction, and results that are none."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.status_api.api import store_polls as shown
from services.status_api.live.changes import Changes
from services.status_api.record.plausibility import Limits
from services.status_api.record.recorder import Recorder
from services.status_api.record.valid import Bad
from shared.broker.delivery import Delivery
from shared.database import Database
from shared.errors import MalformedMessage
from shared.messages.kinds import kind
from tests.support.status import at, printer, reading, result

MIGRATIONS = Path(__file__).parents[2] / "services" / "status_api" / "migrations"


class Bench:
    """A recorder, its database, and the results that it set aside."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.aside: list[Bad] = []
        self.changes = Changes()
        self.recorder = Recorder(database, Limits(24, 5000, 30), self.changes, self._set_aside)

    async def _set_aside(self, _: Delivery, bad: Bad) -> None:
        self.aside.append(bad)

    async def tell(self, *messages: tuple[str, Any]) -> None:
        """Delivers the messages at the same time, in their order."""
        handlers = self.recorder.handlers
        await asyncio.gather(*(handlers[name](self._delivery(name, body)) for name, body in messages))

    def _delivery(self, name: str, body: Any) -> Delivery:
        if name == "polls.finished":
            opened: Any = body if isinstance(body, bytes) else orjson.dumps(body)
        else:
            opened = kind(name).body.model_validate(body)
        return Delivery("status.record", kind(name), opened, None)  # type: ignore[arg-type]

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.database.all(sql)]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    database = Database(tmp_path / "status.sqlite", MIGRATIONS)
    await database.open()
    found = Bench(database)
    await found.tell(("printers.changed", {"version": 1, "changed": [printer(i) for i in range(1, 4)]}))
    yield found
    await database.close()


def finished(*results: Any) -> tuple[str, dict[str, Any]]:
    return "polls.finished", {"collector": "c", "results": list(results)}


def requested(sweep_id: str, **polls: int) -> tuple[str, dict[str, Any]]:
    listed = [{"poll_id": poll_id, "printer_id": number, "site": "main"} for poll_id, number in polls.items()]
    return "polls.requested", {"sweep_id": sweep_id, "lane": "routine", "requested_at": at(1), "polls": listed}


async def test_a_whole_sweep_in_one_transaction(bench: Bench) -> None:
    opened = {"sweep_id": "s", "slot": at(), "opened_at": at(), "reason": "ordered", "counts": {"planned": 3}}
    closed = {"sweep_id": "s", "closed_at": at(60), "counts": {"planned": 3, "done": 1, "failed": 1, "expired": 1}}
    await bench.tell(
        ("sweep.opened", opened),
        requested("s", a=1, b=2, c=3),
        ("polls.started", {"collector": "c", "at": at(2), "polls": ["a", "b", "c"]}),
        finished(result(1, "a", sweep_id="s"), result(2, "b", sweep_id="s", state="FAILED")),
        ("sweep.closed", closed),
        finished(result(3, "c", sweep_id="s")),
    )
    sweep = await shown.sweep(bench.database, "s")
    assert sweep is not None
    assert (sweep["state"], sweep["done"], sweep["failed"], sweep["late"]) == ("closed", 1, 1, 1)
    assert await bench.rows("SELECT poll_id, state, late FROM polls ORDER BY poll_id") == [
        ("a", "DONE", 0), ("b", "FAILED", 0), ("c", "DONE", 1),
    ]  # fmt: skip
    assert await bench.rows("SELECT word, n FROM sweep_counts WHERE n <> 0 ORDER BY word") == [
        ("DONE", 2), ("FAILED", 1), ("late", 1),
    ]  # fmt: skip
    assert bench.recorder.recorded == 3
    assert {row.poll_id for row in bench.changes.take()[1]} == {"a", "b", "c"}


async def test_a_result_that_comes_twice_at_once_counts_once(bench: Bench) -> None:
    await bench.tell(finished(result(1, "old", seconds=5, reading=reading(50_000))))
    same, other = result(1, "p", seconds=10, reading=reading(7)), result(1, "p", seconds=11, reading=reading(8))
    await bench.tell(finished(same), finished(same, other))
    assert await bench.rows("SELECT poll_id, total FROM readings ORDER BY id") == [("old", 50_000), ("p", 7)]
    assert await bench.rows("SELECT poll_id FROM quarantine") == [("p",)]
    assert await bench.rows("SELECT kind FROM printer_events") == [("quarantined",)]
    assert bench.recorder.recorded == 2


async def test_a_reading_that_is_told_with_its_printer_belongs_to_it(bench: Bench) -> None:
    moved = {"version": 2, "changed": [printer(1, address="10.9.9.9")]}
    await bench.tell(
        finished(result(1, "before", seconds=5)),
        ("printers.changed", moved),
        finished(result(1, "after", seconds=10, address="10.9.9.9", reading=reading(1001))),
        finished(result(1, "stray", seconds=15)),
    )
    assert await bench.rows("SELECT poll_id, quarantined FROM readings ORDER BY id") == [
        ("before", 0), ("after", 0), ("stray", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"read_at": "0001-01-01T00:00:00+23:59"},  # before the first instant of UTC
        {"read_at": "9999-12-31T23:59:59-10:00"},
        {"printer_id": 2**53},
        {"seconds": "long"},
        {"reading": reading(supplies=[{"index": "1", "level": 2**63}])},
        {"reading": reading(supplies=[{"index": "1", "max": -(2**63) - 1}])},
        {"reading": reading(alerts=[{"location": 2**64}])},
        {"reading": reading(2**63)},
        {"reading": reading(varbinds=10**30)},
    ],
    ids=str,
)
async def test_a_bad_result_is_set_aside_and_its_neighbours_count(bench: Bench, wrong: dict[str, Any]) -> None:
    results = [result(1, "one"), result(2, "bad") | wrong, result(3, "three")]
    octets = json.dumps({"collector": "c", "results": results}).encode()  # orjson writes no integers above 64 bits
    await bench.tell(("polls.finished", octets))
    assert await bench.rows("SELECT poll_id FROM readings ORDER BY id") == [("one",), ("three",)]
    assert await bench.rows("SELECT poll_id FROM polls ORDER BY poll_id") == [("one",), ("three",)]
    assert [one.collector for one in bench.aside] == ["c"]
    assert str(next(iter(wrong))) in str(bench.aside[0].error)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b'{"results": 5}',
        b'{"collector": "c"}',
        b'{"results": [' + b",".join([b"{}"] * 101) + b"]}",
        b'{"results": [{"seconds": NaN}]}',
        b'{"results": ["\xff"]}',
        b'{"results": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
    ids=lambda octets: octets[:24].decode("ascii", "replace"),
)
async def test_a_body_that_is_none_is_refused_whole(bench: Bench, octets: bytes) -> None:
    with pytest.raises(MalformedMessage):
        await bench.tell(("polls.finished", octets))
    assert await bench.rows("SELECT poll_id FROM polls") == []


async def test_what_is_no_number_in_json_is_refused(bench: Bench) -> None:
    octets = orjson.dumps(finished(result(1, "one"))[1])
    for word in (b"NaN", b"Infinity", b"1e999"):
        with pytest.raises(MalformedMessage, match="Not JSON"):
            await bench.tell(("polls.finished", octets.replace(b'"seconds":1.0', b'"seconds":' + word)))
    assert await bench.rows("SELECT poll_id FROM polls") == []


async def test_a_message_that_cannot_be_written_loses_only_itself(bench: Bench) -> None:
    """Two messages in one transaction; a trigger refuses one printer's readings, as a bug would."""
    await bench.database.write(
        "CREATE TRIGGER refuse BEFORE INSERT ON readings WHEN NEW.printer_id = 2"
        " BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )
    handlers = bench.recorder.handlers
    told = [finished(result(i, f"p{i}")) for i in (1, 2, 3)]
    found = await asyncio.gather(
        *(handlers[name](bench._delivery(name, body)) for name, body in told), return_exceptions=True
    )
    assert [str(error) if error else None for error in found] == [None, "refused", None]
    assert await bench.rows("SELECT poll_id FROM readings ORDER BY id") == [("p1",), ("p3",)]
    assert await bench.rows("SELECT poll_id FROM polls ORDER BY poll_id") == [("p1",), ("p3",)]
    assert bench.recorder.recorded == 2


async def test_what_has_not_changed_is_as_it_was(bench: Bench) -> None:
    """Nulls that become values, values that stay, a serial that changes and one that does not."""
    supplies = [{"index": "1.1", "type": "toner", "level": 5, "max": 10, "percent": 50, "state": "ok"}]
    await bench.tell(
        requested("s", a=1), finished(result(1, "a", sweep_id="s", reading=reading(10, supplies=supplies)))
    )
    await bench.tell(finished(result(1, "b", seconds=20, reading=reading(11, supplies=supplies))))
    await bench.tell(finished(result(1, "c", seconds=30, reading=reading(12, "SN2", supplies=supplies))))
    assert await bench.rows("SELECT poll_id, serial, total, base_serial, low, lowest_percent FROM latest") == [
        ("c", "SN2", 12, "SN2", 0, 50)
    ]
    assert await bench.rows("SELECT at, level FROM supplies_log") == [("2026-01-05T10:00:10.000Z", 5)]
    assert await bench.rows("SELECT kind FROM printer_events") == [("replaced",)]
    assert await bench.rows("SELECT sweep_id, lane, site, started_at, error_code FROM polls WHERE poll_id = 'a'") == [
        ("s", "routine", "main", "2026-01-05T10:00:09.000Z", None)
    ]
