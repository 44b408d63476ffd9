"""The sign that somebody leads: a locked file beside the database that the leader touches every second.

Only a hint: who leads is decided by the broker's exclusive queue. But each refused try for that queue costs a channel
and two lines in the broker's log, so a standby tries only when the sign is down (the leader's process ended: the
kernel lets go of its lock at once) or is not kept (the leader is frozen).
"""

import fcntl
import os
import time
from pathlib import Path
from typing import IO

import structlog

log = structlog.get_logger(__name__)

KEEP_EVERY_S = 1.0
_STALE_S = 3.0


class Sign:
    """One scheduler's view of the file. Every method returns at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "scheduler.leading"
        self._file: IO[bytes] | None = None

    def keep(self) -> None:
        """The leader says that it still leads; takes the lock where an earlier, frozen leader still held it."""
        try:
            if self._file is None:
                file = self.path.open("ab")
                if _lock(file):
                    self._file = file
                else:
                    file.close()
            os.utime(self.path)
        except OSError as error:
            # Without a sign the standby tries for the lock more often: noise, no harm.
            log.warning("leader.no_sign", file=str(self.path), error=str(error))
            self.lower()

    def lower(self) -> None:
        """The leader leads no more."""
        if self._file is not None:
            self._file.close()  # and so unlocks
            self._file = None

    def is_down(self) -> bool:
        """Nobody on this host holds the file, or its holder has not touched it for some seconds."""
        try:
            with self.path.open("ab") as file:
                if _lock(file):
                    return True
                return abs(time.time() - os.fstat(file.fileno()).st_mtime) > _STALE_S
        except OSError:
            return True


def _lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
