"""The verdict on one serial number: what GLPI knows of it, with the evidence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.glpi_sync.client.rows import GlpiPrinter
from services.glpi_sync.serials import normal_form, placeholder_reason
from shared.words import GlpiVerdict

Index = Mapping[str, Sequence[GlpiPrinter]]
"""Normal form → the printers that carry it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`serial` is the normal form, `matches` are the printers with it: live ones first, each by id."""

    serial: str
    verdict: GlpiVerdict
    matches: tuple[GlpiPrinter, ...] = ()
    reason: str = ""


def index_of(printers: Iterable[GlpiPrinter]) -> dict[str, list[GlpiPrinter]]:
    """The printers by the normal form of their serial; those without one are left out."""
    found: dict[str, list[GlpiPrinter]] = {}
    for printer in printers:
        key = normal_form(printer.serial)
        if key:
            found.setdefault(key, []).append(printer)
    return found


def judge(serial: str | None, index: Index) -> Judgement:
    """The verdict on what a device tells as its serial.

    Several live printers are never narrowed down to one: which of them is right is for a person to say. A printer
    in the bin counts only when no live one has the serial.
    """
    normal = normal_form(serial)
    if not normal:
        return Judgement(normal, GlpiVerdict.NO_SERIAL, reason="The device tells no serial number.")
    placeholder = placeholder_reason(normal)
    if placeholder is not None:
        return Judgement(normal, GlpiVerdict.PLACEHOLDER_SERIAL, reason=f"This is no serial number: {placeholder}.")
    matches = sorted(index.get(normal, ()), key=lambda printer: (printer.in_trash, printer.id))
    live = [printer for printer in matches if not printer.in_trash]
    if len(live) > 1:
        entities = len({printer.entity_id for printer in live})
        verdict, reason = GlpiVerdict.FOUND_MULTIPLE, f"{len(live)} printers have this serial, in {_counted(entities)}."
    elif live:
        verdict, reason = GlpiVerdict.FOUND_SINGLE, _remarks(normal, live[0], len(matches) - 1)
    elif matches:
        verdict, reason = GlpiVerdict.IN_TRASH, "The printer is in GLPI's bin: restore it there, or add it anew."
    else:
        verdict, reason = GlpiVerdict.NOT_FOUND, "No printer in the entities that we see has this serial."
    return Judgement(normal, verdict, tuple(matches), reason)


def _counted(entities: int) -> str:
    return "one entity" if entities == 1 else f"{entities} entities"


def _remarks(normal: str, found: GlpiPrinter, trashed: int) -> str:
    """What is worth saying about a printer that was found once."""
    remarks = []
    if found.serial != normal:
        remarks.append("GLPI spells the serial differently.")
    if trashed:
        remarks.append("The bin holds it as well.")
    return " ".join(remarks)
