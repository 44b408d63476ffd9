"""The end of a log file, for messages and for `printsweep logs`."""

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
