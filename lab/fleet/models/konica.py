"""Konica Minolta: an A3 colour MFP with a PPD-like hrDeviceDescr, Counter64 octets and the vendor's meters."""

from lab.fleet.model import Model, Tray
from lab.fleet.models.parts import DEVELOPER, DRUM, FUSER, TONER, set_of_four, waste_box, worn
from lab.fleet.tree import live_counter, text

_M = "1.3.6.1.4.1.18334.1.1.1"

MFP = Model(
    key="konica-a3-mfp",
    vendor="konica",
    manufacturer="KONICA MINOLTA",
    name="KONICA MINOLTA bizhub C287",
    aliases=("bizhub C287",),
    object_id="1.3.6.1.4.1.18334.1.1.1.2.1.110.6.5.1",
    description="KONICA MINOLTA bizhub C287",
    serial="A7AH{n}",
    host_description="Generic 28C-8",
    color=True,
    functions=True,
    wide_counters=True,
    pages_a_tick=(0, 40),
    supplies=(
        *set_of_four(("Toner (Black)", "Toner (Cyan)", "Toner (Magenta)", "Toner (Yellow)"), TONER, 100, 25_000),
        worn("1.5", "Drum Cartridge (Black)", DRUM, 155_000, 100, 19),
        worn("1.6", "Developer Cartridge (Black)", DEVELOPER, 600_000, 100, 19),
        worn("1.7", "Fusing Unit", FUSER, 600_000, 100, 19),
        waste_box("1.8", "Waste Toner Box", 40_000),
    ),
    trays=(Tray("Tray1", 500, "A4"), Tray("Tray2", 500, "A3"), Tray("Bypass Tray", 100, "A4", -3, 5)),
    covers=("Front Door", "Right Door", "Lower Right Door"),
    extra={
        f"{_M}.1.6.1.0": text("A797-0Y0-G00-30"),
        f"{_M}.1.6.2.1.0": text("bizhub C287"),
        f"{_M}.5.7.2.1.1.0": live_counter("counter", "life"),
        f"{_M}.5.7.2.1.3.0": live_counter("counter", "duplex"),
        f"{_M}.5.7.2.2.1.5.1.2": live_counter("counter", "mono"),
        f"{_M}.5.7.2.2.1.5.2.2": live_counter("counter", "color"),
    },
)
