"""`logs`: what the programs printed, from their rotated files, one or all, followed if wanted."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cli.local.errors import LocalError
from cli.local.home import RunFolder
from cli.local.tails import last_lines

_LOOK_S = 0.2
_MOST_AT_ONCE = 1024 * 1024


class _Follower:
    """New whole lines of one file, over its rotations."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = path.stat().st_size if path.exists() else 0
        self._file_id = path.stat().st_ino if path.exists() else 0
        self._rest = b""

    def lines(self) -> Iterator[str]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return
        if found.st_ino != self._file_id or found.st_size < self._position:
            self._file_id, self._position, self._rest = found.st_ino, 0, b""
        with self._path.open("rb") as file:
            file.seek(self._position)
            read = file.read(_MOST_AT_ONCE)
        self._position += len(read)
        *whole, self._rest = (self._rest + read).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")


def files_of(folder: RunFolder, wanted: str | None) -> dict[str, Path]:
    """The log files: of all programs, of one name, or of all of one kind ("collector").

    Raises LocalError for a name that nothing has.
    """
    found = {path.stem: path for path in sorted(folder.logs.glob("*.log"))}
    chosen = {n: p for n, p in found.items() if wanted in (None, n) or n.rsplit("-", 1)[0] == wanted}
    if not chosen:
        names = ", ".join(found) or "none yet"
        raise LocalError(f"There is no log of {wanted or 'anything'} in {folder.logs}. There is: {names}.")
    return chosen


def show(
    files: dict[str, Path], count: int, follow: bool, write: Callable[[str], None], is_over: Callable[[], bool]
) -> None:
    """Write the last lines of each file and, if wanted, what comes until `is_over`. Several files carry their names."""
    mark = (lambda name, line: f"{name}: {line}") if len(files) > 1 else (lambda _, line: line)
    followers = {name: _Follower(path) for name, path in files.items()}
    for name, path in files.items():
        for line in last_lines(path, count).splitlines():
            write(mark(name, line.removeprefix("  ")))
    while follow and not is_over():
        for name, follower in followers.items():
            for line in follower.lines():
                write(mark(name, line))
        time.sleep(_LOOK_S)
