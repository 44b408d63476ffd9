"""Instants in the database: UTC ISO texts of one width, so that texts compare as instants do."""

from datetime import UTC, datetime

from shared.messages.base import now


def iso(instant: datetime) -> str:
    """An aware instant as text."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def iso_now() -> str:
    """The present instant as text."""
    return iso(now())


def instant(text: str) -> datetime:
    """The instant that `iso` wrote."""
    return datetime.fromisoformat(text)


def told_instant(value: object) -> datetime:
    """An instant that a stranger wrote, never in the future; the present one where it is none."""
    present = now()
    if not isinstance(value, str):
        return present
    try:
        told = datetime.fromisoformat(value[:40])
    except ValueError:
        return present
    return min(told.astimezone(UTC), present) if told.tzinfo else present
