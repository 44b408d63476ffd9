"""Epson: an office inkjet; without an error its hrPrinterDetectedErrorState is an empty string."""

from lab.fleet.model import Marker, Model, Tray
from lab.fleet.models.parts import INK_CARTRIDGE, WASTE_INK, set_of_four, waste_box
from lab.fleet.tree import live_text, text

_E = "1.3.6.1.4.1.1248.1.2.2"

INKJET = Model(
    key="epson-inkjet",
    vendor="epson",
    manufacturer="EPSON",
    name="EPSON WF-C5790 Series",
    aliases=("WF-C5790 Series",),
    object_id="1.3.6.1.4.1.1248.1.1.2.1.3.5.69.69.80.83.50",
    description="EPSON Built-in 11b/g/n Print Server",
    serial="X3{AA}{n}",
    standard_serial=None,
    color=True,
    error_octets=0,
    markers=(Marker(technology=12),),
    supplies=(
        *set_of_four(
            (
                "Black Ink Supply Unit T9451",
                "Cyan Ink Supply Unit T9452",
                "Magenta Ink Supply Unit T9453",
                "Yellow Ink Supply Unit T9454",
            ),
            INK_CARTRIDGE,
            100,
            5_000,
        ),
        waste_box("1.5", "Maintenance Box", 25_000, 100, None, WASTE_INK),
    ),
    trays=(Tray("Rear Paper Feed", 80, "A4", -3, 5), Tray("Paper Cassette 1", 250, "A4", -3)),
    extra={
        f"{_E}.1.1.1.2.1": text("WF-C5790 Series"),
        f"{_E}.1.1.1.5.1": live_text("{serial}"),
        f"{_E}.2.1.1.2.1.2": live_text("{serial}"),
        f"{_E}.2.1.1.3.1.2": text("Serial No"),
        f"{_E}.2.1.1.2.1.4": text("CP20L8"),
    },
)
