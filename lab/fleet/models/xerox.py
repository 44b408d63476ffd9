"""Xerox: a colour laser with part numbers glued to its descriptions, and a press with two markers."""

from lab.fleet.model import BLACK, CYAN, MAGENTA, YELLOW, Marker, Model, Supply, Tray
from lab.fleet.models.parts import DRUM, FUSER, TONER, TRANSFER, set_of_four, waste_box, worn
from lab.fleet.tree import Cell, live_counter, live_text

_X = "1.3.6.1.4.1.253.8"


def _own(model: str) -> dict[str, Cell]:
    return {
        f"{_X}.51.1.2.1.20.1": live_text(
            f"MFG:Xerox;CMD:Adobe PostScript 3,PCLXL,PCL 6;MDL:{model};CLS:Printer;SN:{{serial}};"
        ),
        f"{_X}.53.13.2.1.6.1.20.1": live_counter("counter", "life"),
        f"{_X}.53.13.2.1.6.1.20.33": live_counter("counter", "color"),
        f"{_X}.53.13.2.1.6.1.20.34": live_counter("counter", "mono"),
    }


COLOR = Model(
    key="xerox-color",
    vendor="xerox",
    manufacturer="Xerox",
    name="Xerox VersaLink C405DN",
    aliases=("VersaLink C405DN",),
    object_id="1.3.6.1.4.1.253.8.62.1.35.4.1.3.1",
    description="Xerox VersaLink C405DN; System 68.72.41, Controller 1.72.6, IOT 20.12.1, Panel 72.7.6, Boot 1.35.1",
    serial="4H{AA}{n}",
    host_description="Xerox VersaLink C405DN; Net 68.72.41, ESS 1.72.6, IOT 20.12.1",
    color=True,
    supplies=(
        *set_of_four(
            (
                "Black Toner, PN 106R03532;SNC1F0A11B000001",
                "Cyan Toner, PN 106R03534;SNC1F0A11B000002",
                "Magenta Toner, PN 106R03535;SNC1F0A11B000003",
                "Yellow Toner, PN 106R03533;SNC1F0A11B000004",
            ),
            TONER,
            10_500,
            10_500,
            7,
        ),
        waste_box("1.5", "Waste Cartridge, PN 108R01416", 30_000, 30_000, -3),
        worn("1.6", "Fuser, PN 115R00133", FUSER, 100_000),
    ),
    trays=(Tray("Bypass Tray", 150, "A4", -3, 5), Tray("Tray 1", 550, "A4")),
    extra=_own("VersaLink C405DN"),
)

PRESS = Model(
    key="xerox-press",
    vendor="xerox",
    manufacturer="Xerox",
    name="Xerox Versant 280 Press",
    aliases=("Versant 280 Press",),
    object_id="1.3.6.1.4.1.253.8.62.1.36.1.1.1.1",
    description="Xerox Versant 280 Press; System Software 1.7.2",
    serial="AC{AA}{n}",
    color=True,
    pages_a_tick=(20, 200),
    markers=(Marker("life"), Marker("color"), Marker("mono")),
    wide_counters=True,
    supplies=(
        Supply("1.1", "Black Toner, PN 006R01634", TONER, 100, 60_000, color=BLACK, colorant=1),
        Supply("1.2", "Cyan Toner, PN 006R01635", TONER, 100, 55_000, color=CYAN, colorant=2, marker=2),
        Supply("1.3", "Magenta Toner, PN 006R01636", TONER, 100, 51_000, color=MAGENTA, colorant=3, marker=2),
        Supply("1.4", "Yellow Toner, PN 006R01637", TONER, 100, 51_000, color=YELLOW, colorant=4, marker=2),
        worn("1.5", "Drum Cartridge K, PN 013R00674", DRUM, 348_000, 100, 19),
        worn("1.6", "Second Bias Transfer Roll, PN 008R08103", TRANSFER, 400_000, 100, 19),
        waste_box("1.7", "Waste Toner Container, PN 008R08101", 90_000),
    ),
    trays=(
        Tray("Tray 1", 550, "A4"),
        Tray("Tray 2", 550, "A3"),
        Tray("Tray 6", 2000, "SRA3"),
        Tray("Tray 5", 250, "A3", -3, 5),
    ),
    outputs=("Offset Catch Tray", "Stacker"),
    covers=("Front Door", "Upper Left Cover", "Waste Toner Door"),
    extra=_own("Versant 280 Press"),
)
