"""Lexmark: a mono MFP with German texts in latin-1, declared as such; its manual feeder is always "empty"."""

from lab.fleet.model import BLACK, Model, Supply, Tray
from lab.fleet.models.parts import CARTRIDGE, DRUM, FUSER, PAGES, waste_box, worn
from lab.fleet.tree import Cell, integer, live_counter, live_text, text

_L = "1.3.6.1.4.1.641"

_SHEETS, _SIDES = 5, 4
# LEXMARK-MPS-MIB, paperGeneralCountTable: (PaperGeneralCountType, unit, what is counted)
_COUNTS = ((2, _SHEETS, "simplex"), (2, _SIDES, "life"), (16, _SIDES, "prints"), (32, _SIDES, "copies"))


def _counts() -> dict[str, Cell]:
    rows: dict[str, Cell] = {}
    for row, (kind, unit, reader) in enumerate(_COUNTS, 1):
        rows[f"{_L}.6.4.2.1.1.2.1.{row}"] = integer(kind)
        rows[f"{_L}.6.4.2.1.1.3.1.{row}"] = integer(unit)
        rows[f"{_L}.6.4.2.1.1.4.1.{row}"] = live_counter("counter", reader)
    return rows


MONO = Model(
    key="lexmark-mono",
    vendor="lexmark",
    manufacturer="Lexmark",
    name="Lexmark MX521ade",
    aliases=("MX521ade",),
    object_id="1.3.6.1.4.1.641.6.2.3.1.4",
    description="Lexmark MX521ade version MXTGM.081.231 kernel 4.17.19-yocto-standard All-N-1",
    serial="7017{AA}{n}",
    host_description="Lexmark MX521ade {serial} MXTGM.081.231",
    encoding="latin-1",
    charset=4,
    language="de",
    country="DE",
    functions=True,
    supplies=(
        Supply("1.1", "Schwarze Druckkassette für große Mengen", CARTRIDGE, 15_000, 15_000, PAGES, BLACK, 1),
        worn("1.2", "Belichtungseinheit (Gerät)", DRUM, 60_000),
        worn("1.3", "Wartungskit für Fixierstation", FUSER, 200_000),
        waste_box("1.4", "Resttonerbehälter", 60_000),
    ),
    trays=(Tray("Fach 1 (Universalzuführung)", 250, "A4"), Tray("Manuelle Papierzuführung", 1, "A4", 0, 5)),
    outputs=("Standardablage für Ausdrücke",),
    covers=("Vordere Klappe (geöffnet für Wartung)",),
    console=("Bereit für Aufträge",),
    error_octets=2,
    extra={
        f"{_L}.6.2.3.1.4.1": text("MX521ade"),
        f"{_L}.6.2.3.1.5.1": live_text("{serial}"),
        f"{_L}.6.3.3.1.7.1.1": text("MXTGM.081.231"),
        **_counts(),
    },
)
