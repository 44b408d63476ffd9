"""`PUT /Printer`: what is written, what is only said to be written, and the locks that a write leaves behind."""

from typing import Any

from lab.glpi.dialect import Dialect
from lab.glpi.errors import Answer, ApiError
from lab.glpi.people import Session
from lab.glpi.world import Row, World, now

MAX_COUNTER = 2**31 - 1
_NUMERIC = {"init_pages_counter", "last_pages_counter", "is_dynamic", "is_deleted", "entities_id", "is_recursive"}
_FIXED = {"id", "date_mod", "date_creation", "links"}

_REFUSED = "You don't have permission to perform this action."


class _RefusedError(Exception):
    """This row was not written; the text is GLPI's."""


def _value(column: str, given: Any, dialect: Dialect) -> Any:
    """`given` as the database takes it: text that is no number becomes 0."""
    if column not in _NUMERIC or given is None:
        return dialect.stored(given) if isinstance(given, str) else given
    try:
        number = int(given)
    except (TypeError, ValueError, OverflowError):
        return 0
    if abs(number) > MAX_COUNTER:
        raise _RefusedError(f"{dialect.sql_error}Out of range value for column '{column}' at row 1")
    return number


def _write(world: World, session: Session, row: Row, given: Row) -> None:
    """Write one printer. Columns that do not exist are passed over in silence."""
    if "printer.update" not in session.rights or row["entities_id"] not in session.active:
        raise _RefusedError(_REFUSED)
    by_agent = bool(row["is_dynamic"]) and bool(given.get("is_dynamic"))
    changed = False
    for column, raw in given.items():
        if column not in row or column in _FIXED:
            continue
        value = _value(column, raw, world.dialect)
        if value == row[column]:
            continue
        locked = world.locked(row["id"], column)
        if by_agent and locked:
            continue
        if row["is_dynamic"] and not by_agent and not locked:
            world.lock(row["id"], column, row[column])
        row[column] = value
        changed = True
    if changed:
        row["date_mod"] = now()


def _one(world: World, session: Session, number: int, given: Row) -> Answer:
    row = world.printers.get(number)
    if row is None:
        raise ApiError("update_refused", message=None)
    try:
        _write(world, session, row, given)
    except _RefusedError as refused:
        raise ApiError("update_refused", message=str(refused)) from None
    return Answer([{str(number): True, "message": ""}])


def _many(world: World, session: Session, inputs: list[Any]) -> Answer:
    """Several printers: an unknown id leaves no entry, and makes the whole partial."""
    results: list[Any] = []
    failed = 0
    for given in inputs:
        if not isinstance(given, dict) or "id" not in given:
            results.append([])
            continue
        number = given["id"]
        row = world.printers.get(number) if isinstance(number, int) else None
        if row is None:
            failed += 1
            continue
        try:
            _write(world, session, row, given)
        except _RefusedError as refused:
            failed += 1
            results.append({str(number): False, "message": str(refused)})
        else:
            results.append({str(number): True, "message": ""})
    if failed == len(inputs):
        raise ApiError("update_refused", message=results)
    if failed:
        return Answer(["ERROR_GLPI_PARTIAL_UPDATE", results], 207)
    return Answer(results)


def update_printers(world: World, session: Session, number: int | None, body: Any) -> Answer:
    """PUT /Printer/ID with one input, PUT /Printer with a list of them."""
    given = body.get("input") if isinstance(body, dict) else None
    if isinstance(given, list):
        if number is not None and world.dialect.list_for_one_crashes:
            # An uncaught error in GLPI 10: status 200 and nothing at all.
            return Answer(b"", content_type="text/html; charset=UTF-8")
        return _many(world, session, given)
    if not isinstance(given, dict):
        raise ApiError("input_missing")
    target = number if number is not None else given.get("id")
    if not isinstance(target, int):
        return Answer([[]])
    return _one(world, session, target, given)
