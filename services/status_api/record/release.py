"""Releasing a reading that was held back: a person says that it is true."""

import orjson

from services.status_api.record import store_readings
from services.status_api.record.plausibility import Baseline, numbers
from services.status_api.record.results import total_of
from services.status_api.times import iso, iso_now
from shared.database import Database
from shared.messages.polls import PollResult


async def release(database: Database, reading_id: int, who: str) -> str | None:
    """Makes the reading count and later ones be compared with it.

    Returns "released", a sentence why it cannot be, or None where there is no such reading in quarantine. Readings that
    agree with one another are not released by themselves, however many: that a counter was wrong for a while and is
    right now, or the other way round, only a person can tell.
    """
    async with database.transaction() as db:
        held = await store_readings.held_reading(db, reading_id)
        if held is None:
            return None
        if held["state"] != "held":
            return "It was released already."
        if held["why"] == "unmatched":
            return f"{held['reason']} It counts by itself once the inventory says the same."
        result = PollResult.model_validate_json(held["result"])
        if result.reading is None:
            return "It holds no numbers."
        read_at, reading = iso(result.read_at), result.reading
        await store_readings.release(db, held["poll_id"], who, iso_now())
        await store_readings.rebase(
            db,
            result.printer_id,
            Baseline(read_at, reading.identity.serial, total_of(reading), numbers(reading)),
        )
        await store_readings.add_events(
            db, [(result.printer_id, iso_now(), "released", orjson.dumps({"read_at": read_at, "by": who}).decode())]
        )
    return "released"
