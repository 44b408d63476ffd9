"""The words of the design as types: lanes, poll states with their rank, GLPI verdicts."""

from enum import StrEnum


class Lane(StrEnum):
    """Which queue of a site a poll waits in."""

    ROUTINE = "routine"  # scheduled
    URGENT = "urgent"  # a person waits


class PollState(StrEnum):
    """The state of one poll. `RANK` orders them: a later event of lower or equal rank changes nothing."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    REFUSED = "REFUSED"  # the queue was full, or there is no queue for the site
    EXPIRED = "EXPIRED"  # nobody took it in time
    DEAD = "DEAD"  # dead-lettered
    FAILED = "FAILED"  # the printer did not answer, or answered nonsense
    DONE = "DONE"


RANK: dict[PollState, int] = {
    PollState.PENDING: 0,
    PollState.IN_PROGRESS: 1,
    PollState.REFUSED: 2,
    PollState.EXPIRED: 2,
    PollState.DEAD: 2,
    PollState.FAILED: 3,
    PollState.DONE: 4,
}

ENDED: frozenset[PollState] = frozenset(state for state, rank in RANK.items() if rank >= 2)


class GlpiVerdict(StrEnum):
    """What GLPI knows of one serial number."""

    FOUND_SINGLE = "FOUND_SINGLE"
    FOUND_MULTIPLE = "FOUND_MULTIPLE"
    NOT_FOUND = "NOT_FOUND"
    IN_TRASH = "IN_TRASH"
    NO_SERIAL = "NO_SERIAL"
    PLACEHOLDER_SERIAL = "PLACEHOLDER_SERIAL"
    ERROR = "ERROR"


ROLES = ("scheduler", "collector", "glpi_sync", "status_api")
SITE_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}$"
PROFILE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
