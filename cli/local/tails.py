"""The end of a log file, for messages and for `printsweep logs`."""

import re
from pathlib import Path

_MOST_BYTES = 256 * 1024


def last_lines(path: Path, count: int) -> str:
    """Return the last `count` lines of a file, indented by two spaces; a sentence where there are none."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _MOST_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        lines = []
    return "\n".join(f"  {line}" for line in lines[-count:]) or "  (it printed nothing)"


_COMPLAINTS = re.compile(r"\[(?:warning|error|critical)\]|BOOT FAILED", re.IGNORECASE)


def complaints(path: Path, count: int) -> str:
    """Return the first `count` lines in which RabbitMQ complains (its last lines are Erlang's), else the last lines."""
    try:
        lines = path.read_text("utf-8", "replace")[-_MOST_BYTES:].splitlines()
    except FileNotFoundError:
        lines = []
    found = [line for line in lines if _COMPLAINTS.search(line)]
    return "\n".join(f"  {line}" for line in found[:count]) or last_lines(path, count)
