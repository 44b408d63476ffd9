"""What has changed since the last look: the recorder notes it, the hub tells it to the browsers."""

from collections import deque
from collections.abc import Sequence

from services.status_api.record.polls import PollRow

MAX_POLLS = 500


class Changes:
    """Notes of what changed. Bounded: of the polls only the newest are kept."""

    def __init__(self) -> None:
        self._sweeps: set[str] = set()
        self._polls: deque[PollRow] = deque(maxlen=MAX_POLLS)
        self._printers = False

    def polls(self, rows: Sequence[PollRow]) -> None:
        """These polls changed, and with them their sweeps."""
        self._polls.extend(rows)
        self._sweeps.update({row.sweep_id for row in rows if row.sweep_id})

    def sweep(self, sweep_id: str) -> None:
        """A sweep opened or closed."""
        self._sweeps.add(sweep_id)

    def printers(self) -> None:
        """The inventory changed."""
        self._printers = True

    def take(self) -> tuple[set[str], list[PollRow], bool]:
        """(sweep ids, polls, inventory changed) since the last call."""
        taken = self._sweeps, list(self._polls), self._printers
        self._sweeps, self._printers = set(), False
        self._polls.clear()
        return taken
