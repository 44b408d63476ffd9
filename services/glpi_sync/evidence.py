"""A judgement as the verdict that is published, with the rows of GLPI that it rests on."""

from collections.abc import Mapping
from datetime import datetime

from services.glpi_sync.store import Given, Known
from services.glpi_sync.verdicts import Judgement
from shared.messages.glpi import GlpiMatch, PrinterVerdict
from shared.text import clean
from shared.words import GlpiVerdict

MAX_MATCHES = 50


def verdict_of(known: Known, judgement: Judgement, entities: Mapping[int, str], at: datetime) -> PrinterVerdict:
    """The verdict on what a printer told. Beyond MAX_MATCHES rows the reason says how many there are."""
    matches = [
        GlpiMatch(
            id=found.id,
            name=clean(found.name),
            serial=clean(found.serial) if found.serial is not None else None,
            entity_id=found.entity_id,
            entity=clean(entities[found.entity_id]) if found.entity_id in entities else None,
            is_dynamic=found.is_dynamic,
            in_trash=found.in_trash,
        )
        for found in judgement.matches[:MAX_MATCHES]
    ]
    reason = judgement.reason
    if len(judgement.matches) > MAX_MATCHES:
        reason = f"{reason} The first {MAX_MATCHES} of {len(judgement.matches)} are listed.".strip()
    return PrinterVerdict(
        printer_id=known.printer_id,
        serial=clean(known.raw) or None,
        verdict=judgement.verdict,
        matches=matches,
        reason=clean(reason, 2000),
        checked_at=at,
    )


def error_of(known: Known, reason: str, at: datetime) -> PrinterVerdict:
    """The verdict where GLPI could not be asked."""
    return PrinterVerdict(
        printer_id=known.printer_id,
        serial=clean(known.raw) or None,
        verdict=GlpiVerdict.ERROR,
        reason=clean(reason, 2000),
        checked_at=at,
    )


def given(verdict: PrinterVerdict, judgement: Judgement, pass_id: str | None) -> Given:
    """The verdict as glpi_sync keeps it for itself."""
    return Given(verdict.printer_id, judgement.serial, str(verdict.verdict), verdict.checked_at, pass_id)
