"""How answers look: tables for people, one JSON document for programs.

Whatever comes from devices, GLPI or messages is cleaned of control characters and printed as plain text: it can
neither move the cursor nor write Rich markup.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.text import clean

Row = Mapping[str, Any]
WIDE = 240  # columns where no terminal says how wide it is

STYLES = {
    **dict.fromkeys(("DONE", "ok", "leader", "running", "FOUND_SINGLE", "done", "closed", "replayed"), "green"),
    **dict.fromkeys(
        ("FAILED", "DEAD", "error", "stuck", "full", "no_consumers", "ERROR", "failed", "missing", "absent"), "red"
    ),
    **dict.fromkeys(
        ("REFUSED", "EXPIRED", "warning", "FOUND_MULTIPLE", "NOT_FOUND", "IN_TRASH", "open", "waiting", "silent"),
        "yellow",
    ),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what it takes from a row (a key, or a function), and how.

    `whole`: never folded, because people copy it into the next command.
    """

    head: str
    value: str | Callable[[Row], object]
    right: bool = False
    limit: int = 60
    whole: bool = False

    def text(self, row: Row) -> Text:
        """The cell."""
        found = row.get(self.value) if isinstance(self.value, str) else self.value(row)
        shown = "—" if found is None or found == "" else number(found) if self.right else plain(found, self.limit)
        return Text(shown, style=STYLES.get(shown, ""))


def console(*, errors: bool = False) -> Console:
    """Where people read. Colours only on a terminal, and not where NO_COLOR is set."""
    stream = sys.stderr if errors else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False, markup=False, emoji=False)


def table(rows: Iterable[Row], columns: Sequence[Column], *, empty: str, title: str | None = None) -> None:
    """Print rows as a table, or the sentence `empty` where there are none."""
    listed = list(rows)
    if not listed:
        say(empty)
        return
    made = Table(
        title=Text(title) if title else None, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for column in columns:
        made.add_column(
            Text(column.head, style="bold"),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=column.whole or column.right,
        )
    for row in listed:
        made.add_row(*(column.text(row) for column in columns))
    console().print(made)


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Print name and value, one a line; what has no value is left out."""
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column()
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and value != "":
            shown = plain(value, 500)
            made.add_row(Text(name, style="bold"), Text(shown, style=STYLES.get(shown, "")))
    console().print(made)


def say(sentence: object) -> None:
    """Print one sentence."""
    console().print(Text(clean(sentence, 2000)), soft_wrap=True)


def document(value: object) -> None:
    """Print one JSON document on one line."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode() + "\n")


def more(answer: Row, shown: int) -> None:
    """Say that a list goes on."""
    if following := answer.get("next"):
        say(f"… the first {shown:,}. More: --limit, or --cursor {clean(following, 200)}")


def plain(value: object, limit: int = 255) -> str:
    """A value as one line of harmless text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(k, 60)} {plain(v, 60)}" for k, v in value.items() if v not in (None, "", []))[:limit]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(plain(v, 60) for v in value)[:limit]
    text = clean(value, limit + 1)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def number(value: object) -> str:
    """A number with separators; anything else as text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def when(value: object) -> str:
    """An instant in local time, for people."""
    if not isinstance(value, str) or not value:
        return ""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return plain(value, 40)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def ago(seconds: object) -> str:
    """A duration, for people."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return ""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def instant(key: str) -> Callable[[Row], str]:
    """A column's function: the instant under `key`."""
    return lambda row: when(row.get(key))


def duration(key: str) -> Callable[[Row], str]:
    """A column's function: the seconds under `key`."""
    return lambda row: ago(row.get(key))


def percent(key: str) -> Callable[[Row], str]:
    """A column's function: the percentage under `key`."""
    return lambda row: f"{row[key]:.0f} %" if isinstance(row.get(key), int | float) else ""
