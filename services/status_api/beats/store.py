"""The last beats in the database, so that a restart does not forget which services there are."""

from shared.database import Database
from shared.messages.beats import ServiceBeat


async def stored_beats(database: Database, limit: int) -> list[tuple[ServiceBeat, str]]:
    """(beat, when it came), newest first."""
    rows = await database.all("SELECT beat, last_beat_at FROM instances ORDER BY last_beat_at DESC LIMIT ?", (limit,))
    return [(ServiceBeat.model_validate_json(row["beat"]), row["last_beat_at"]) for row in rows]


async def store_beat(database: Database, beat: ServiceBeat, at: str) -> None:
    """Remembers one instance."""
    await database.write(
        "INSERT INTO instances (role, instance, beat, last_beat_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (role, instance) DO UPDATE SET beat = excluded.beat, last_beat_at = excluded.last_beat_at",
        (beat.role, beat.instance, beat.model_dump_json(), at),
    )
