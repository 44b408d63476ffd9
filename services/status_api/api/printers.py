"""Printers, their history, and the inventory."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field

from services.status_api.api import cursors, store_more, store_polls, store_printers
from services.status_api.api.problems import ProblemError, not_found
from services.status_api.api.route import BodyModel, Call, PageQuery, Query
from services.status_api.times import iso
from shared.messages.base import PrinterId
from shared.messages.sweeps import InventoryCommand, NewPrinter

MAX_CSV = 8_000_000


class PrinterFilter(Query):
    """Which printers. `state` NEVER: not polled yet; `verdict` UNCHECKED: not matched yet."""

    site: str | None = Field(None, max_length=32)
    state: str | None = Field(None, pattern="^[A-Z_]{1,20}$")
    q: str | None = Field(None, max_length=200, description="Part of name, address, serial, model or location")
    tag: str | None = Field(None, max_length=255)
    verdict: str | None = Field(None, pattern="^[A-Z_]{1,20}$")
    low: bool | None = None
    quarantined: bool | None = None


class PrintersQuery(PrinterFilter, PageQuery):
    """A page of printers."""


class HistoryQuery(Query):
    """How far back."""

    days: float = Field(30, gt=0, le=3650)


class ImportQuery(Query):
    """Only check, without changing anything."""

    dry_run: bool = False


class NewPrinters(BodyModel):
    """Printers to add or change; (address, port) is their key."""

    printers: list[NewPrinter] = Field(min_length=1, max_length=1000)


class PrinterIds(BodyModel):
    """Printers by number."""

    printer_ids: list[PrinterId] = Field(min_length=1, max_length=1000)


async def listing(call: Call) -> Any:
    """GET /api/printers."""
    query: PrintersQuery = call.query
    after = cursors.decode(query.cursor, int) or (0,)
    rows = await store_printers.printers(call.parts.reader, query, after[0], query.limit + 1)
    return cursors.page(rows, query.limit, "id")


def id_of(call: Call) -> int:
    """The number in the path. Raises ProblemError."""
    text = call.path["id"]
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise not_found("printer", text)
    return int(text)


async def one(call: Call) -> Any:
    """GET /api/printers/{id}."""
    printer_id = id_of(call)
    found = await store_printers.printer(call.parts.reader, printer_id)
    if found is None:
        raise not_found("printer", printer_id)
    polls = await store_polls.polls(call.parts.reader, 20, printer_id=printer_id)
    for poll in polls:
        poll.pop("row")
    return found | {"reading": await store_printers.full_reading(call.parts.reader, printer_id), "polls": polls}


async def history(call: Call) -> Any:
    """GET /api/printers/{id}/history."""
    printer_id = id_of(call)
    if await store_printers.printer(call.parts.reader, printer_id) is None:
        raise not_found("printer", printer_id)
    since = iso(datetime.now(UTC) - timedelta(days=call.query.days))
    return await store_printers.history(call.parts.reader, printer_id, since)


async def command(call: Call, body: InventoryCommand) -> dict[str, Any]:
    """Sends an inventory command and notes it in the audit log."""
    result = await call.parts.commands.ask("inventory.command", body)
    if body.dry_run:
        return result
    detail = {"printer_ids": body.printer_ids[:100], "printers": len(body.printers), "result": result}
    await store_more.note(call.parts.database, call.who.name, f"inventory.{body.action}", detail)
    return result


async def import_csv(call: Call) -> Any:
    """POST /api/inventory/import."""
    try:
        text = call.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProblemError(400, "not_utf8", "The CSV must be UTF-8.", f"At byte {error.start}.") from error
    if not text.strip():
        raise ProblemError(400, "empty", "The CSV is empty.", "Its first line names the columns: address,name,site,…")
    return await command(
        call,
        InventoryCommand(
            action="import",
            csv=text,
            dry_run=call.query.dry_run,
            idempotency_key=call.idempotency_key,
            requested_by=call.who.name,
        ),
    )


async def upsert(call: Call) -> Any:
    """POST /api/inventory/printers."""
    return await command(
        call,
        InventoryCommand(
            action="upsert",
            printers=call.body.printers,
            idempotency_key=call.idempotency_key,
            requested_by=call.who.name,
        ),
    )


def by_ids(action: str) -> Any:
    """POST /api/inventory/{remove,enable,disable}."""

    async def handler(call: Call) -> Any:
        return await command(
            call,
            InventoryCommand(
                action=action,
                printer_ids=call.body.printer_ids,
                idempotency_key=call.idempotency_key,
                requested_by=call.who.name,
            ),
        )

    return handler
