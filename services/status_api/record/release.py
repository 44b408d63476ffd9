"""Releasing a reading that was held back: a person says that it is true."""

import sqlite3

import orjson

from services.status_api.record import store_readings
from services.status_api.record.found import found_in
from services.status_api.record.plausibility import Baseline
from services.status_api.record.valid import RESULT
from services.status_api.times import iso_now
from shared.database import Database


async def release(database: Database, reading_id: int, who: str) -> str | None:
    """Makes the reading count and later ones be compared with it.

    Returns "released", a sentence why it cannot be, or None where there is no such reading in quarantine. Readings that
    agree with one another are not released by themselves, however many: that a counter was wrong for a while and is
    right now, or the other way round, only a person can tell.
    """
    return await database.run(lambda db: _release(db, reading_id, who))


def _release(db: sqlite3.Connection, reading_id: int, who: str) -> str | None:
    held = store_readings.held_reading(db, reading_id)
    if held is None:
        return None
    if held["state"] != "held":
        return "It was released already."
    if held["why"] == "unmatched":
        return f"{held['reason']} It counts by itself once the inventory says the same."
    result = RESULT.validate_json(held["result"])
    if result["reading"] is None:
        return "It holds no numbers."
    found = found_in(result)
    store_readings.release(db, held["poll_id"], who, iso_now())
    base = Baseline(found.read_at, found.serial, found.total, found.numbers)
    store_readings.rebase(db, found.printer_id, base)
    detail = orjson.dumps({"read_at": found.read_at, "by": who}).decode()
    store_readings.add_events(db, [(found.printer_id, iso_now(), "released", detail)])
    return "released"
