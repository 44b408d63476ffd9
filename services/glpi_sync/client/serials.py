"""Single serial numbers, looked up with the search: for a few new ones, where reading all printers would be waste.

GLPI's comparison is blind to case and accents and never asks for the same thing that we mean, so the search only
proposes candidates; what matches is decided by our own comparison, on the row itself. An empty value is never sent:
GLPI would drop it and return every printer.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from services.glpi_sync.client.errors import GlpiItemMissing, GlpiUnexpectedAnswer
from services.glpi_sync.client.rows import GlpiPrinter, printer_of
from services.glpi_sync.client.session import GlpiSession
from services.glpi_sync.serials import normal_form

CHUNK = 50
MAX_CANDIDATES = 1000
READS_AT_ONCE = 4
_SERIAL, _ID = 5, 2  # search options of Printer
_ENCODE = str.maketrans({"&": "&#38;", "<": "&#60;", ">": "&#62;"})


async def find_serials(glpi: GlpiSession, serials: Iterable[str]) -> dict[str, list[GlpiPrinter]]:
    """Normal form → the printers that carry it, live ones first, then those in the bin, each by id.

    Every serial that is not empty has its key, also when nothing is found.
    """
    wanted = sorted({normal_form(serial) for serial in serials} - {""})
    found: dict[str, list[GlpiPrinter]] = {serial: [] for serial in wanted}
    for deleted in (False, True):
        for start in range(0, len(wanted), CHUNK):
            ids = await _candidates(glpi, wanted[start : start + CHUNK], deleted=deleted)
            for printer in await _read(glpi, sorted(ids)):
                key = normal_form(printer.serial)
                if key in found and printer.in_trash is deleted:
                    found[key].append(printer)
    return found


def _criteria(serials: list[str], *, blanks: bool) -> list[dict[str, object]]:
    """OR over all spellings: as they are, and (GLPI 10 stores & < > encoded) as GLPI 10 may have stored them.

    "equals" finds trailing blanks; "contains …$" finds leading ones.
    """
    criteria: list[dict[str, object]] = []
    for serial in serials:
        for spelling in dict.fromkeys((serial, serial.translate(_ENCODE))):
            criteria.append({"field": _SERIAL, "searchtype": "equals", "value": spelling})
            if blanks:
                criteria.append({"field": _SERIAL, "searchtype": "contains", "value": f"{spelling}$"})
    return [*criteria[:1], *({"link": "OR", **criterion} for criterion in criteria[1:])]


async def _candidates(glpi: GlpiSession, serials: list[str], *, deleted: bool, blanks: bool = True) -> set[int]:
    """Ids of the printers that may carry one of `serials`; too many at once are asked for in halves."""
    asked = {
        "criteria": _criteria(serials, blanks=blanks),
        "forcedisplay": [_ID, _SERIAL],
        "range": f"0-{MAX_CANDIDATES - 1}",
        "sort": _ID,
        "order": "ASC",
        "is_deleted": int(deleted),
    }
    answer = await glpi.call("POST", "search/Printer", json=asked)
    total, rows = _rows(answer.body)
    if total == len(rows):
        return {_id(row) for row in rows}
    if len(serials) > 1:
        half = len(serials) // 2
        first = await _candidates(glpi, serials[:half], deleted=deleted, blanks=blanks)
        return first | await _candidates(glpi, serials[half:], deleted=deleted, blanks=blanks)
    if blanks:
        return await _candidates(glpi, serials, deleted=deleted, blanks=False)
    raise GlpiUnexpectedAnswer(f"(the search found {total} printers with one serial)")


def _rows(body: Any) -> tuple[int, list[Any]]:
    """Total and rows of a search answer; without a hit it has no "data"."""
    total = body.get("totalcount") if isinstance(body, dict) else None
    rows = body.get("data", []) if isinstance(body, dict) else None
    if isinstance(rows, dict):  # PHP writes a list with gaps as an object
        rows = list(rows.values())
    if not isinstance(total, int) or not isinstance(rows, list):
        raise GlpiUnexpectedAnswer("(the search gave no totalcount and data)")
    return total, rows


def _id(row: Any) -> int:
    number = row.get(str(_ID)) if isinstance(row, dict) else None
    if isinstance(number, str) and number.isascii() and number.isdigit():
        number = int(number)
    if not isinstance(number, int):
        raise GlpiUnexpectedAnswer("(a search row without an id)")
    return number


async def _read(glpi: GlpiSession, ids: list[int]) -> list[GlpiPrinter]:
    """The printers with these ids; one that has gone since the search is left out."""
    gate = asyncio.Semaphore(READS_AT_ONCE)

    async def one(number: int) -> GlpiPrinter | None:
        async with gate:
            try:
                answer = await glpi.call("GET", f"Printer/{number}", params={"get_hateoas": "0"})
            except GlpiItemMissing:
                return None
        return printer_of(answer.body)

    try:
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(one(number)) for number in ids]
    except ExceptionGroup as several:
        raise several.exceptions[0] from None  # one situation says enough, and has a verdict
    return [printer for printer in (task.result() for task in reading) if printer is not None]
