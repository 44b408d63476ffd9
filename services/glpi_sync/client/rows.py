"""One printer as GLPI holds it, read from an untrusted row."""

from dataclasses import dataclass
from typing import Any

from services.glpi_sync.client.errors import GlpiUnexpectedAnswer
from shared.text import clean

MAX_SERIAL = 255
"""The width of the column in GLPI."""


@dataclass(frozen=True, slots=True)
class GlpiPrinter:
    """A row of glpi_printers. `serial` is as stored, not normalised; None where there is none."""

    id: int
    entity_id: int
    name: str
    serial: str | None
    in_trash: bool
    is_dynamic: bool  # fed by an inventory agent
    pages: int | None  # last_pages_counter


def _raw(text: str) -> str:
    """GLPI 10 stores & < > encoded and does not decode them everywhere; no real text holds these three as such."""
    return text.replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&") if "&#" in text else text


def _number(row: dict[str, Any], column: str) -> int:
    """A number column; GLPI has written numbers as texts in earlier releases."""
    value = row.get(column)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    if not isinstance(value, int):
        raise GlpiUnexpectedAnswer(f"(a printer without a number in {column})")
    return int(value)


def printer_of(row: object) -> GlpiPrinter | None:
    """The printer in a row of GET /Printer; None for a template. GlpiUnexpectedAnswer when it is no such row."""
    if not isinstance(row, dict):
        raise GlpiUnexpectedAnswer("(a printer that is no object)")
    if _number(row, "is_template"):
        return None
    serial = row.get("serial")
    pages = row.get("last_pages_counter")
    return GlpiPrinter(
        id=_number(row, "id"),
        entity_id=_number(row, "entities_id"),
        name=clean(_raw(str(row.get("name") or ""))),
        serial=_raw(serial)[:MAX_SERIAL] if isinstance(serial, str) else None,
        in_trash=bool(_number(row, "is_deleted")),
        is_dynamic=bool(_number(row, "is_dynamic")),
        pages=pages if isinstance(pages, int) and not isinstance(pages, bool) else None,
    )
