"""All printers of a GLPI, page by page: first the live ones, then the bin.

GET /Printer is three times cheaper than the search and tells entity and agent; it lists templates too, which are
left out here. GLPI has no snapshot: what changes between two pages shifts the rest. Each page therefore begins with
the last row of the page before, and a total that moved or a row that is not where it was means reading anew.
"""

import structlog

from services.glpi_sync.client.errors import (
    GlpiKeepsChanging,
    GlpiTooManyPrinters,
    GlpiUnexpectedAnswer,
)
from services.glpi_sync.client.rows import GlpiPrinter, printer_of
from services.glpi_sync.client.session import GlpiSession

log = structlog.get_logger(__name__)

PAGE = 1000
MAX_READS = 3
MAX_PRINTERS = 200_000


class _Moved(Exception):  # no error yet: the list is read again
    """The list changed while it was read."""


async def read_printers(
    glpi: GlpiSession, *, page: int = PAGE, max_reads: int = MAX_READS, max_printers: int = MAX_PRINTERS
) -> list[GlpiPrinter]:
    """Every printer that the session sees, without templates: live ones first, then those in the bin, by id.

    GlpiKeepsChanging when the printers changed during each of `max_reads` readings; GlpiTooManyPrinters beyond
    `max_printers` rows.
    """
    if page < 2:
        raise ValueError("a page must hold two printers at least: each repeats one of the page before")
    for attempt in range(1, max_reads + 1):
        try:
            return await _read_once(glpi, page, max_printers)
        except (_Moved, GlpiKeepsChanging) as moved:
            log.info("glpi_printers_moved", attempt=attempt, of=max_reads, what=str(moved))
    raise GlpiKeepsChanging(f"(read {max_reads} times)")


async def _read_once(glpi: GlpiSession, page: int, most: int) -> list[GlpiPrinter]:
    """The live printers, then the bin; _Moved when one went from here to there in between."""
    live, live_total = await _read_all(glpi, 0, page, most)
    trashed, _ = await _read_all(glpi, 1, page, most)
    if {row.id for row in live} & {row.id for row in trashed}:
        raise _Moved("a printer went into the bin")
    if await _total(glpi, 0) != live_total:
        raise _Moved("the total changed while the bin was read")
    return [*live, *trashed]


def _asked(deleted: int, first: int, last: int) -> dict[str, str]:
    asked = {"range": f"{first}-{last}", "get_hateoas": "0", "sort": "id", "order": "ASC"}
    return {**asked, "is_deleted": "1"} if deleted else asked


async def _total(glpi: GlpiSession, deleted: int) -> int:
    answer = await glpi.call("GET", "Printer", params={**_asked(deleted, 0, 0), "only_id": "1"})
    return answer.total or 0


async def _read_all(glpi: GlpiSession, deleted: int, page: int, most: int) -> tuple[list[GlpiPrinter], int]:
    """All pages of one list, and its total (templates counted)."""
    found: list[GlpiPrinter] = []
    total, seen, last_id = 0, 0, 0
    while True:
        first = max(seen - 1, 0)
        answer = await glpi.call("GET", "Printer", params=_asked(deleted, first, first + page - 1))
        rows = answer.body
        if not isinstance(rows, list) or (rows and answer.total is None):
            raise GlpiUnexpectedAnswer("(GET /Printer gave no list with a Content-Range)")
        if seen == 0:
            total = answer.total or 0
            if total > most:
                raise GlpiTooManyPrinters(f"({total}, the limit is {most})")
        elif answer.total != total:
            raise _Moved(f"the total went from {total} to {answer.total}")
        ids = [row.get("id") if isinstance(row, dict) else None for row in rows]
        if seen and (not ids or ids[0] != last_id):
            raise _Moved(f"row {first} is another one than before")
        fresh = rows[1:] if seen else rows
        for row in fresh:
            printer = printer_of(row)
            number = row["id"] if printer is None else printer.id
            if not isinstance(number, int) or number <= last_id:
                raise GlpiUnexpectedAnswer("(GET /Printer is not sorted by id)")
            last_id = number
            if printer is not None:
                found.append(printer)
        seen += len(fresh)
        if seen >= total:
            return found, total
        if not fresh:
            raise _Moved(f"page from {first} of {total} is empty")
