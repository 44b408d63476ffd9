"""Reading an inventory from CSV text: every line is judged alone, so that one bad line never costs its neighbours.

The format: a header line, then one printer a line. Columns: address (needed), port, name, site, profile, tags,
interval_minutes, enabled, in any order. The delimiter is a comma, a semicolon or a tab, whichever the header has most
of. A byte order mark, blank lines and lines that begin with # are passed over. A value cannot contain a line break:
a quote that is never closed therefore spoils its own line only.
"""

import csv
import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from shared.text import clean
from shared.words import PROFILE_PATTERN, SITE_PATTERN

COLUMNS = ("address", "port", "name", "site", "profile", "tags", "interval_minutes", "enabled")
DEFAULTS: dict[str, Any] = {
    "port": 161,
    "name": "",
    "site": "main",
    "profile": "default",
    "tags": [],
    "interval_minutes": None,
    "enabled": True,
}
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_TAG_BREAK = re.compile(r"[\s,;|]+")
_LONGEST_LINE, _LONGEST_TEXT, _MOST_TAGS = 4096, 255, 32
_YES, _NO = {"1", "true", "yes", "y", "on"}, {"0", "false", "no", "n", "off"}


class BadValue(ValueError):
    """A value that cannot be used; the text is for people."""


@dataclass(slots=True)
class Table:
    """What was read. `printers` holds only the columns that the file has; `errors` are (line number, reason)."""

    printers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


def read(text: str) -> Table:
    """Reads a whole file."""
    table = Table()
    lines = _content(text)
    first = next(lines, None)
    if first is None:
        table.errors.append((1, "The file is empty: the first line must name the columns, address among them."))
        return table
    number, header = first
    delimiter = max(",;\t", key=header.count)
    columns = _columns(number, header, delimiter, table)
    if "address" not in columns:
        return table
    seen: dict[tuple[str, int], int] = {}
    for number, line in lines:
        try:
            printer = _printer(_cells(line, delimiter), columns)
            key = printer["address"], printer.get("port", DEFAULTS["port"])
            if key in seen:
                raise BadValue(f"{key[0]} port {key[1]} is in line {seen[key]} already.")  # noqa: TRY301
        except BadValue as error:
            table.errors.append((number, str(error)))
        else:
            seen[key] = number
            table.printers.append((number, printer))
    return table


def _content(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(_LINE_BREAK.split(text.removeprefix("\ufeff")), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def _cells(line: str, delimiter: str) -> list[str]:
    if len(line) > _LONGEST_LINE:
        raise BadValue(f"The line has {len(line)} characters; at most {_LONGEST_LINE} are taken.")
    try:
        (cells,) = csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True)
    except (csv.Error, ValueError):
        raise BadValue("The quotes do not match.") from None
    cells = [c.strip() for c in cells]
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for cell in cells for c in cell):
        raise BadValue("The line contains control characters.")
    return cells


def _columns(number: int, header: str, delimiter: str, table: Table) -> list[str | None]:
    try:
        names = [c.lower() for c in _cells(header, delimiter)]
    except BadValue as error:
        table.errors.append((number, str(error)))
        return []
    columns: list[str | None] = []
    for name in names:
        if name in columns:
            table.errors.append((number, f"The column {clean(name, 60)} stands twice: the first one is taken."))
            columns.append(None)
        elif name in COLUMNS:
            columns.append(name)
        else:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" Known are {', '.join(COLUMNS)}."
            table.errors.append((number, f"{clean(name, 60)!r} is not a column and was passed over.{hint}"))
            columns.append(None)
    if "address" not in columns:
        table.errors.append(
            (number, "The column address is missing: the first line must name the columns. Nothing was imported.")
        )
    return columns


def _printer(cells: list[str], columns: list[str | None]) -> dict[str, Any]:
    if len(cells) != len(columns):
        raise BadValue(f"The line has {len(cells)} values, the header {len(columns)} columns.")
    return {name: _READERS[name](cell) for name, cell in zip(columns, cells, strict=True) if name is not None}


def address(text: str) -> str:
    """An IPv4 or IPv6 address in its usual form. Raises BadValue."""
    try:
        found = ip_address(text)
    except ValueError:
        raise BadValue(f"{clean(text, 60)!r} is not an IPv4 or IPv6 address.") from None
    if found.is_multicast or found.is_unspecified or str(found) == "255.255.255.255" or "%" in str(found):
        raise BadValue(f"{found} is not the address of one device.")
    return str(found)


def _number(name: str, low: int, high: int) -> Callable[[str], int | None]:
    def read_number(text: str) -> int | None:
        if not text:
            return DEFAULTS[name]  # type: ignore[no-any-return]
        if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
            raise BadValue(f"{name}: {clean(text, 30)!r} is not a number from {low} to {high}.")
        return int(text)

    return read_number


def _matching(name: str, pattern: str, wanted: str) -> Callable[[str], str]:
    def read_name(text: str) -> str:
        if not text:
            return str(DEFAULTS[name])
        if not re.fullmatch(pattern, text):
            raise BadValue(f"{name}: {clean(text, 60)!r} is not usable: {wanted}.")
        return text

    return read_name


def _name(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise BadValue(f"name: {len(text)} characters; at most {_LONGEST_TEXT} are taken.")
    return clean(text)


def _tags(text: str) -> list[str]:
    tags = list(dict.fromkeys(t for t in _TAG_BREAK.split(text) if t))
    if len(tags) > _MOST_TAGS:
        raise BadValue(f"tags: {len(tags)} tags; at most {_MOST_TAGS} are taken.")
    if any(len(t) > _LONGEST_TEXT for t in tags):
        raise BadValue(f"tags: at most {_LONGEST_TEXT} characters each are taken.")
    return tags


def _enabled(text: str) -> bool:
    if text.lower() in _YES or not text:
        return True
    if text.lower() in _NO:
        return False
    raise BadValue(f"enabled: {clean(text, 30)!r} is neither yes nor no.")


_READERS: dict[str, Callable[[str], Any]] = {
    "address": address,
    "port": _number("port", 1, 65535),
    "name": _name,
    "site": _matching("site", SITE_PATTERN, "1 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit"),
    "profile": _matching("profile", PROFILE_PATTERN, "1 to 64 letters, digits, _ . -, beginning with one of the first"),
    "tags": _tags,
    "interval_minutes": _number("interval_minutes", 1, 10_080),
    "enabled": _enabled,
}
