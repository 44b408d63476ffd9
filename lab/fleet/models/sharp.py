"""Sharp: an A3 colour MFP whose counters carry their names; fuser -2/-2, waste toner 100 without a maximum."""

from lab.fleet.model import Model, Supply, Tray
from lab.fleet.models.parts import FUSER, TONER, set_of_four, waste_box
from lab.fleet.tree import Cell, live_counter, text

_S = "1.3.6.1.4.1.2385"
_COUNTERS = (
    (1, 60, "Print total", "prints"),
    (4, 60, "Copy total", "copies"),
    (5, 61, "Total black", "mono"),
    (5, 63, "Total full colour", "color"),
)


def _counters() -> dict[str, Cell]:
    rows: dict[str, Cell] = {}
    for group, number, words, reader in _COUNTERS:
        rows[f"{_S}.1.1.19.2.1.3.{group}.4.{number}"] = live_counter("counter", reader)
        rows[f"{_S}.1.1.19.2.1.4.{group}.4.{number}"] = text(words)
    return rows


MFP = Model(
    key="sharp-a3-mfp",
    vendor="sharp",
    manufacturer="SHARP",
    name="SHARP MX-3071",
    aliases=("MX-3071",),
    object_id="1.3.6.1.4.1.2385.3.1.30.3.1",
    description="SHARP MX-3071",
    serial="95{n}{1}0",
    color=True,
    functions=True,
    error_octets=2,
    pages_a_tick=(0, 30),
    supplies=(
        *set_of_four(("Black Toner", "Cyan Toner", "Magenta Toner", "Yellow Toner"), TONER, 100, 24_000),
        waste_box("1.5", "Waste Toner", 50_000, -2, 100),
        Supply("1.6", "Fuser", FUSER, -2, 300_000, level=-2),
    ),
    trays=(Tray("Tray 1", 550, "A4", -3), Tray("Tray 2", 550, "A3", -3), Tray("Bypass Tray", 100, "A4", 0, 5)),
    extra={
        f"{_S}.1.1.19.1.1.1.0": text("MX-3071"),
        f"{_S}.2.1.3.2.1.4.13501.1302.1": text("SHARP MX-3071"),
        f"{_S}.2.1.1.2.1.2.1": text("04.01.C0.00"),
        **_counters(),
    },
)
