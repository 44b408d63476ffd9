"""How the demo shows a sweep: a live bar at a terminal, a line now and then elsewhere."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

COUNTS = ("requested", "in_progress", "done", "failed", "refused", "expired", "dead")
_ALWAYS = ("requested", "in_progress", "done", "failed")
_OVER = ("done", "failed", "refused", "expired", "dead")
_COLOURS = {"done": "green", "failed": "red", "refused": "yellow", "expired": "yellow", "dead": "magenta"}


def ended(sweep: Mapping[str, Any]) -> int:
    """How many polls of the sweep have ended."""
    return sum(int(sweep.get(name) or 0) for name in _OVER)


def words(sweep: Mapping[str, Any], *, coloured: bool = False) -> str:
    """The counts in words: requested 200, in progress 12, done 180, failed 8; others only where there are any."""
    parts = []
    for name in COUNTS:
        count = int(sweep.get(name) or 0)
        if count or name in _ALWAYS:
            text = f"{name.replace('_', ' ')} {count}"
            colour = _COLOURS.get(name) if coloured and count else None
            parts.append(f"[{colour}]{text}[/]" if colour else text)
    return ", ".join(parts)


class SweepView(Protocol):
    """Something that shows a sweep as it goes."""

    def update(self, sweep: Mapping[str, Any]) -> None:
        """Show the sweep as it is now."""

    def __enter__(self) -> "SweepView": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class LiveView:
    """A bar that moves."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("Sweep"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[counts]}"),
            console=console,
            expand=True,
        )
        self._task = self._progress.add_task("sweep", total=None, counts="")

    def update(self, sweep: Mapping[str, Any]) -> None:
        """Show the sweep as it is now."""
        total = int(sweep.get("planned") or 0) or None
        self._progress.update(self._task, total=total, completed=ended(sweep), counts=words(sweep, coloured=True))

    def __enter__(self) -> "LiveView":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


class LineView:
    """A line for every tenth of the way."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown = -1

    def update(self, sweep: Mapping[str, Any]) -> None:
        """Show the sweep as it is now, where enough has changed."""
        planned = int(sweep.get("planned") or 0)
        tenth = ended(sweep) * 10 // planned if planned else -1
        if tenth > self._shown:
            self._shown = tenth
            self._console.print(f"sweep: {words(sweep)}", soft_wrap=True)

    def __enter__(self) -> "LineView":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def view_for(console: Console) -> SweepView:
    """The view that fits where the console writes to."""
    return LiveView(console) if console.is_terminal else LineView(console)
