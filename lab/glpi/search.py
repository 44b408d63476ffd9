"""`/search/Printer`: search options, criteria and their odd rules."""

import operator
import re
from collections.abc import Callable
from typing import Any

from lab.glpi.collation import contains, equality_key, folded
from lab.glpi.errors import Answer, ApiError
from lab.glpi.people import Session
from lab.glpi.phpquery import listed, truthy
from lab.glpi.ranges import headers, window
from lab.glpi.world import Row, World

Read = Callable[[World, Row], Any]
Test = Callable[[Row], bool]


def _column(name: str) -> Read:
    return lambda _world, row: row[name]


OPTIONS: dict[int, Read] = {
    1: _column("name"),
    2: _column("id"),
    3: lambda _world, _row: None,
    4: lambda _world, _row: None,
    5: _column("serial"),
    6: _column("otherserial"),
    7: _column("contact"),
    8: _column("contact_num"),
    11: _column("init_pages_counter"),
    12: _column("last_pages_counter"),
    16: _column("comment"),
    19: _column("date_mod"),
    23: lambda world, row: world.manufacturers.name_of(row["manufacturers_id"]),
    31: lambda _world, _row: None,
    40: lambda world, row: world.models.name_of(row["printermodels_id"]),
    47: _column("uuid"),
    70: lambda _world, _row: None,
    71: lambda _world, _row: None,
    72: lambda _world, _row: None,
    80: lambda world, row: world.entities.complete_name(row["entities_id"]),
    83: _column("last_inventory_update"),
    86: _column("is_recursive"),
    121: _column("date_creation"),
}
"""Search options of Printer by number. There is none for is_dynamic, is_deleted and entities_id."""

NUMBERS = {2, 11, 12}
ALWAYS_SHOWN = (1, 80)
SHOWN_BY_DEFAULT = (31, 23, 3, 4, 40, 19)

_COMPARISON = re.compile(r"^\s*(<=|>=|<|>)?\s*(-?\d+)\s*$")
_OPERATORS: dict[str | None, Callable[[Any, Any], bool]] = {
    None: operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip


def sort_key(value: Any) -> tuple[int, Any]:
    """The database's order: nulls first, numbers by size, texts by collation."""
    if value is None:
        return (0, 0)
    return (1, value) if isinstance(value, int) else (1, folded(str(value)))


def _test(world: World, criterion: dict[str, Any]) -> Test | None:
    """One criterion as a test; None when GLPI drops it because its value is empty."""
    if "field" not in criterion or "searchtype" not in criterion or "value" not in criterion:
        raise ApiError("criteria_malformed")
    field, kind, value = str(criterion["field"]), str(criterion["searchtype"]), str(criterion["value"])
    if not field.isdigit() or int(field) not in OPTIONS:
        raise ApiError("criteria_field")
    option = int(field)
    read = OPTIONS[option]
    if kind == "empty":
        return lambda row: read(world, row) in {None, ""}
    if not value:
        return None
    if kind in {"equals", "notequals"}:
        wanted, same = equality_key(value), kind == "equals"

        def equal(row: Row) -> bool:
            found = read(world, row)
            return found is not None and (equality_key(str(found)) == wanted) is same

        return equal
    # Whatever else is asked for, misspelt or not, means "contains".
    match = _COMPARISON.match(value)
    if option in NUMBERS and match:
        compare, bound = _OPERATORS[match[1]], int(match[2])
        return lambda row: row_number(read(world, row)) is not None and compare(read(world, row), bound)
    holds = contains(value)
    negated = kind == "notcontains"
    return lambda row: holds(read(world, row)) is not negated


def row_number(value: Any) -> int | None:
    """A stored number; null is none."""
    return value if isinstance(value, int) else None


def matcher(world: World, criteria: list[Any], *, encode: bool) -> Test:
    """All criteria as one test. AND binds tighter than OR, as in the SQL that GLPI builds."""
    groups: list[list[Test]] = [[]]
    for criterion in criteria:
        if not isinstance(criterion, dict):
            raise ApiError("criteria_malformed")
        given = {**criterion}
        if encode and "value" in given:
            given["value"] = world.dialect.stored(str(given["value"]))
        test = _test(world, given)
        if test is None:
            continue
        if str(criterion.get("link", "AND")).upper().startswith("OR") and groups[-1]:
            groups.append([])
        groups[-1].append(test)
    if groups == [[]]:
        return lambda _row: True
    return lambda row: any(all(test(row) for test in group) for group in groups)


def search_printers(world: World, session: Session, asked: dict[str, Any], *, encode: bool) -> Answer:
    """The answer to a search; `asked` are the query's variables or the posted body, `encode` GLPI 10's input coding."""
    criteria = listed(asked.get("criteria"))
    deleted = truthy(asked.get("is_deleted"), default=False)
    test = matcher(world, criteria, encode=encode)
    rows = [row for row in world.visible(session.active, deleted=deleted, templates=False) if test(row)]

    sorts = listed(asked.get("sort")) or [asked.get("sort", world.dialect.default_sort)]
    orders = listed(asked.get("order")) or [asked.get("order", "ASC")]
    options = [int(sort) if str(sort).isdigit() else 0 for sort in sorts]
    directions = ["DESC" if str(order).upper() == "DESC" else "ASC" for order in orders]
    for index in range(len(options) - 1, -1, -1):
        read = OPTIONS.get(options[index])
        descending = directions[min(index, len(directions) - 1)] == "DESC"
        if read is not None:
            rows.sort(key=lambda row, read=read: sort_key(read(world, row)), reverse=descending)  # type: ignore[misc]

    total = len(rows)
    first, last = window(asked.get("range"), total, session.user.list_limit)
    wanted = (int(option) for option in listed(asked.get("forcedisplay")) if str(option).isdigit())
    chosen = [option for option in wanted if option in OPTIONS]
    searched = [int(criterion["field"]) for criterion in criteria]
    shown = list(dict.fromkeys([*ALWAYS_SHOWN, *(chosen or [*SHOWN_BY_DEFAULT, *searched])]))
    page = [{str(option): OPTIONS[option](world, row) for option in shown} for row in rows[first : last + 1]]
    body: dict[str, Any] = {"totalcount": total, "count": len(page), "sort": options, "order": directions}
    if page:
        body["data"] = page
    body["content-range"] = f"{first}-{last}/{total}"
    return Answer(body, 206 if len(page) < total else 200, headers("Printer", first, last, total))
