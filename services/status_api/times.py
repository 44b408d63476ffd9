"""Instants as the database keeps them: UTC, ISO 8601 with milliseconds, so that they sort as text."""

from datetime import UTC, datetime

_UTC = "+00:00"


def iso(at: datetime) -> str:
    """`at` (aware) as text. Raises OverflowError where UTC has no such year."""
    text = at.isoformat("T", "milliseconds")
    if not text.endswith(_UTC):
        text = at.astimezone(UTC).isoformat("T", "milliseconds")
    return text[: -len(_UTC)] + "Z"


def iso_now() -> str:
    """The present instant."""
    return iso(datetime.now(UTC))


def instant(text: str) -> datetime:
    """The aware datetime of a stored text."""
    return datetime.fromisoformat(text)


def seconds_between(earlier: str | None, later: str | None) -> float | None:
    """Seconds from one stored instant to another; None where one is missing."""
    return (instant(later) - instant(earlier)).total_seconds() if earlier and later else None
