"""What a polls.closed tells about serial numbers. The body is a plain dict from the broker: every field is doubted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.glpi_sync.serials import normal_form
from services.glpi_sync.times import told_instant
from shared.errors import MalformedMessage
from shared.messages.polls import BATCH

MAX_RAW = 255
_MAX_ID = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Told:
    """The serial that a printer told: `serial` in normal form ('' where it told none), `raw` as it came."""

    printer_id: int
    serial: str
    raw: str


def told_serials(body: dict[str, Any]) -> tuple[datetime, list[Told], int]:
    """When the polls ended, what the DONE ones told (the last word on each printer), and how many made no sense.

    Raises MalformedMessage where there is no list of polls.
    """
    polls = body.get("polls")
    if not isinstance(polls, list) or len(polls) > BATCH:
        raise MalformedMessage(f"polls.closed: `polls` must be a list of at most {BATCH}.")
    found: dict[int, Told] = {}
    nonsense = 0
    for poll in polls:
        if not isinstance(poll, dict):
            nonsense += 1
            continue
        if poll.get("state") != "DONE":
            continue
        number, raw = poll.get("printer_id"), poll.get("serial")
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= _MAX_ID:
            nonsense += 1
            continue
        if not isinstance(raw, str | None):
            nonsense += 1
            continue
        text = (raw or "")[:MAX_RAW]
        found[number] = Told(number, normal_form(text), text)
    return told_instant(body.get("at")), list(found.values()), nonsense
