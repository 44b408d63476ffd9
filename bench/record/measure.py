"""One run in a process of its own: `python -m bench.record.measure FEED HOW` prints JSON.

HOW is `backlog`: all messages wait already, `floor`: they are not recorded (see floor), or how many results come a
second.

The database is a new file beside the feed. CPU is user and system time of this process with all its threads.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import uvloop
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from bench.record.feed import INVENTORY, SWEEPS
from services.status_api.live.changes import Changes
from services.status_api.record.patience import patient
from services.status_api.record.plausibility import Limits
from services.status_api.record.recorder import UNVALIDATED, Recorder
from shared import logs
from shared.broker.delivery import open_message
from shared.database import Database
from shared.messages.kinds import STATUS_RECORD, kind
from shared.service.cycles import spare_collections

MIGRATIONS = Path(__file__).parents[2] / "services" / "status_api" / "migrations"
BACKLOG, FLOOR = "backlog", "floor"
PREFETCH = 50  # of status_api
_LIMITS = Limits(24, 5000, 30)
_TABLE = """
    CREATE TABLE octets (printer_id INTEGER PRIMARY KEY, result BLOB NOT NULL);
"""
_PUT = "INSERT INTO octets VALUES (?, ?) ON CONFLICT (printer_id) DO UPDATE SET result = excluded.result"

Handle = Callable[[DeliveredMessage], Awaitable[None]]


def messages(folder: Path) -> list[DeliveredMessage]:
    """The messages of a folder, as the broker's client hands them over."""
    return [
        DeliveredMessage(
            delivery=Basic.Deliver(delivery_tag=nth, routing_key=STATUS_RECORD),
            header=ContentHeader(properties=Basic.Properties(message_type=kind(path.name.split(".", 1)[1]).type)),
            body=path.read_bytes(),
            channel=None,  # type: ignore[arg-type]  # nobody answers
        )
        for nth, path in enumerate(sorted(folder.iterdir()), 1)
    ]


async def nothing_bad(*_: Any) -> None:
    raise SystemExit("a result was refused")


async def drain(waiting: list[DeliveredMessage], handle: Handle, most_s: float = 0.0) -> None:
    """Handles the messages in their order, at most PREFETCH at a time, as a subscription does. They come evenly spread
    over `most_s`; all at once with 0."""
    room = asyncio.Semaphore(PREFETCH)
    clock = asyncio.get_running_loop().time
    begun = clock()

    async def one(raw: DeliveredMessage) -> None:
        try:
            await handle(raw)
        finally:
            room.release()

    async with asyncio.TaskGroup() as group:
        for nth, raw in enumerate(waiting):
            if (rest := begun + most_s * nth / len(waiting) - clock()) > 0:
                await asyncio.sleep(rest)
            await room.acquire()
            group.create_task(one(raw))


async def record(feed: Path, path: Path, rate: float) -> dict[str, float]:
    """CPU seconds of each sweep by the real recorder; `rate`: results a second, 0 for all at once. Fails where not
    everything is in the database."""
    database = Database(path, MIGRATIONS)
    await database.open()
    spare_collections()
    try:
        recorder = Recorder(database, _LIMITS, Changes(), nothing_bad)
        handlers = {name: patient(handler) for name, handler in recorder.handlers.items()}

        async def handle(raw: DeliveredMessage) -> None:
            delivery = open_message(raw, STATUS_RECORD, unvalidated=UNVALIDATED)
            await handlers[delivery.kind.name](delivery)

        await drain(messages(feed / INVENTORY), handle)
        printers = (await database.one("SELECT COUNT(*) FROM printers"))[0]
        spent = {}
        for name in SWEEPS:
            waiting = messages(feed / name)
            cpu = time.process_time()
            await drain(waiting, handle, printers / rate if rate else 0.0)
            spent[name] = time.process_time() - cpu
        done = (await database.one("SELECT SUM(n) FROM sweep_counts WHERE word = 'DONE'"))[0]
        counting = (await database.one("SELECT COUNT(*) FROM readings WHERE quarantined = 0"))[0]
        shown = (await database.one("SELECT COUNT(*) FROM latest"))[0]
        if (done, counting, shown) != (len(SWEEPS) * printers, len(SWEEPS) * printers, printers):
            raise SystemExit(f"of {printers} printers {done} polls, {counting} readings and {shown} printers are there")
        return spent
    finally:
        await database.close()


def floor(feed: Path, path: Path) -> dict[str, float]:
    """CPU seconds of each sweep where every body is decoded and the results' octets are put into one table."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_TABLE}")
    spent = {}
    for name in SWEEPS:
        waiting = messages(feed / name)
        cpu = time.process_time()
        for raw in waiting:
            body = orjson.loads(raw.body)
            if results := body.get("results"):
                db.execute("BEGIN IMMEDIATE")
                db.executemany(_PUT, [(result["printer_id"], orjson.dumps(result)) for result in results])
                db.execute("COMMIT")
        spent[name] = time.process_time() - cpu
    db.close()
    return spent


def main() -> None:
    logs.set_up("bench", "record", level="ERROR", style="text")
    feed, how = Path(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory(dir=feed) as folder:
        path = Path(folder) / "status.sqlite"
        if how == FLOOR:
            spent = floor(feed, path)
        else:
            spent = uvloop.run(record(feed, path, 0.0 if how == BACKLOG else float(how)))
    sys.stdout.write(json.dumps(spent))


if __name__ == "__main__":
    main()
