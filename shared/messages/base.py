"""The base of all message bodies, and the types that they share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.words import PROFILE_PATTERN, SITE_PATTERN


class Body(BaseModel):
    """A message body. Unknown fields are ignored, so that a newer sender does not break an older receiver."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Command(BaseModel):
    """A body that a person may write by hand: an unknown field is a mistake and is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
PrinterId = Annotated[int, Field(ge=1, le=2**53 - 1)]
Site = Annotated[str, StringConstraints(pattern=SITE_PATTERN)]
Profile = Annotated[str, StringConstraints(pattern=PROFILE_PATTERN)]
ShortText = Annotated[str, StringConstraints(max_length=255)]
LongText = Annotated[str, StringConstraints(max_length=2000)]
Float = Annotated[float, Field(allow_inf_nan=False)]  # JSON has no others
Instant = AwareDatetime
Port = Annotated[int, Field(ge=1, le=65535)]


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)
