"""Answers by idempotency key: stored before they are sent."""

from services.status_api.times import iso_now
from shared.database import Database


async def find(database: Database, key: str) -> tuple[str, int, str] | None:
    """(digest of the request, status, answer) of the first request with this key."""
    row = await database.first("SELECT request, status, answer FROM idempotency WHERE key = ?", (key,))
    return (row["request"], row["status"], row["answer"]) if row else None


async def store(database: Database, key: str, request: str, status: int, answer: str) -> None:
    """Keeps the answer of the first request with this key."""
    await database.write(
        "INSERT INTO idempotency (key, request, status, answer, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO NOTHING",
        (key, request, status, answer, iso_now()),
    )
