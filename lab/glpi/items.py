"""`/Printer` and its neighbours: lists, single items, updates, locks and page logs."""

from collections.abc import Iterable
from typing import Any

from lab.glpi.collation import contains
from lab.glpi.errors import Answer, ApiError
from lab.glpi.people import Session
from lab.glpi.phpquery import truthy
from lab.glpi.ranges import headers, window
from lab.glpi.search import sort_key
from lab.glpi.world import Row, World

_LINKED = {"entities_id": "Entity", "printermodels_id": "PrinterModel", "manufacturers_id": "Manufacturer"}
_CHILDREN = ("ReservationItem", "Document_Item", "Contract_Item", "Infocom", "Item_Ticket", "NetworkPort", "PrinterLog")


def shown(world: World, row: Row, asked: dict[str, Any], base: str) -> Row:
    """One printer as the API shows it: with links unless told otherwise, with names in place of ids when asked."""
    if truthy(asked.get("only_id"), default=False):
        return {"id": row["id"]}
    found = dict(row)
    if truthy(asked.get("expand_dropdowns"), default=False):
        separator = world.dialect.stored(" > ") or ""
        found["entities_id"] = world.entities.complete_name(row["entities_id"], separator)
        found["manufacturers_id"] = world.manufacturers.name_of(row["manufacturers_id"]) or 0
        found["printermodels_id"] = world.models.name_of(row["printermodels_id"]) or 0
    if truthy(asked.get("get_hateoas"), default=True):
        own = [
            {"rel": itemtype, "href": f"{base}/{itemtype}/{row[column]}"}
            for column, itemtype in _LINKED.items()
            if row[column] or column == "entities_id"
        ]
        found["links"] = own + [{"rel": rel, "href": f"{base}/Printer/{row['id']}/{rel}/"} for rel in _CHILDREN]
    return found


def listing(itemtype: str, rows: Iterable[Row], session: Session, asked: dict[str, Any]) -> tuple[list[Row], Answer]:
    """Filter, sort and cut `rows` as every list of the API does; the answer's body is still to be filled."""
    found = list(rows)
    wanted = asked.get("searchText")
    for column, value in wanted.items() if isinstance(wanted, dict) else ():
        if found and column not in found[0]:
            raise ApiError("column_unknown", column, itemtype)
        if value:
            holds = contains(str(value))
            found = [row for row in found if holds(None if row[column] is None else str(row[column]))]
    column = str(asked.get("sort", "id"))
    if found and column in found[0]:
        found.sort(key=lambda row: sort_key(row[column]), reverse=str(asked.get("order", "ASC")).upper() == "DESC")
    total = len(found)
    first, last = window(asked.get("range"), total, session.user.list_limit)
    page = found[first : last + 1]
    return page, Answer([], 206 if len(page) < total else 200, headers(itemtype, first, last, total))


def list_printers(world: World, session: Session, asked: dict[str, Any], base: str) -> Answer:
    """GET /Printer: templates are among them."""
    deleted = truthy(asked.get("is_deleted"), default=False)
    page, answer = listing("Printer", world.visible(session.active, deleted=deleted, templates=True), session, asked)
    answer.body = [shown(world, row, asked, base) for row in page]
    return answer


def get_printer(world: World, session: Session, number: int) -> Row:
    """One printer, binned ones and templates included."""
    row = world.printers.get(number)
    if row is None:
        raise ApiError("item_missing")
    if not world.sees(session.active, row):
        raise ApiError("right_missing")
    return row


def list_locks(world: World, session: Session, asked: dict[str, Any]) -> Answer:
    """GET /Lockedfield."""
    if "lockedfield" not in session.rights:
        raise ApiError("right_missing")
    page, answer = listing("Lockedfield", world.locks.values(), session, asked)
    answer.body = page
    return answer


def delete_lock(world: World, session: Session, number: int) -> Answer:
    """DELETE /Lockedfield/ID."""
    if "lockedfield" not in session.rights:
        raise ApiError("delete_refused")
    if world.locks.pop(number, None) is None:
        raise ApiError("item_missing")
    return Answer([{str(number): True, "message": ""}])


def list_logs(world: World, session: Session, asked: dict[str, Any], printer: int | None = None) -> Answer:
    """GET /PrinterLog or /Printer/ID/PrinterLog. 10 knows the column printers_id, 11 itemtype and items_id."""
    owner = world.dialect.log_owner[-1]
    wanted = asked.get("searchText")
    for column in wanted if isinstance(wanted, dict) else ():
        if column not in {"id", "date", *world.dialect.log_owner}:
            raise ApiError("column_unknown", column, "PrinterLog")
    rows = (row for row in world.logs.values() if printer is None or row[owner] == printer)
    page, answer = listing("PrinterLog", rows, session, asked)
    answer.body = page
    return answer


def search_logs(world: World, session: Session, asked: dict[str, Any]) -> Answer:
    """/search/PrinterLog: the itemtype has no search options, so every row is an empty list."""
    page, answer = listing("PrinterLog", world.logs.values(), session, {"range": asked.get("range")})
    total, last = len(world.logs), len(page) - 1
    answer.body = {"totalcount": total, "count": len(page), "sort": [world.dialect.default_sort], "order": ["ASC"]}
    if page:
        answer.body["data"] = [[] for _ in page]
    answer.body["content-range"] = f"0-{last}/{total}"
    return answer


def update_log(world: World, number: str, given: Row) -> Answer:
    """PUT /PrinterLog/ID."""
    row = world.logs.get(int(number)) if number.isdigit() else None
    if row is None:
        raise ApiError("update_refused", message=None)
    row.update({column: value for column, value in given.items() if column in row and column != "id"})
    return Answer([{number: True, "message": ""}])


def add_log(world: World, session: Session, given: Row, base: str) -> Answer:
    """POST /PrinterLog: one row per printer and day; a row without a date is never a duplicate."""
    owner = {column: given.get(column) for column in world.dialect.log_owner}
    number = owner[world.dialect.log_owner[-1]]
    row = world.printers.get(number) if isinstance(number, int) else None
    if row is None or owner.get("itemtype", "Printer") != "Printer" or row["entities_id"] not in session.active:
        raise ApiError("add_refused")
    for log in world.logs.values():
        if given.get("date") is not None and all(
            log[key] == value for key, value in (*owner.items(), ("date", given["date"]))
        ):
            entry = "-".join(str(value) for value in (*owner.values(), given["date"]))
            raise ApiError(
                "add_refused", message=f"{world.dialect.sql_error}Duplicate entry '{entry}' for key 'unicity'"
            )
    added = world.add_log(owner, given)
    body = {"id": added, "message": f"Item successfully added: Page counters - ID {added}"}
    return Answer(body, 201, {"location": f"{base}/PrinterLog/{added}"})
