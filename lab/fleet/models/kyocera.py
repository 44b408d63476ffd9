"""Kyocera: a mono printer whose life count is engine cycles above the panel's total, and an A3 colour MFP."""

from lab.fleet.model import BLACK, Model, Supply, Tray
from lab.fleet.models.parts import DRUM, PAGES, TONER, set_of_four, waste_box, worn
from lab.fleet.tree import Cell, counter, live_counter, live_text, text

_K = "1.3.6.1.4.1.1347"


def _own(model: str, firmware: str) -> dict[str, Cell]:
    return {
        f"{_K}.40.10.1.1.5.1": live_text("{name}"),
        f"{_K}.43.5.1.1.1.1": text(model),
        f"{_K}.43.5.1.1.28.1": live_text("{serial}"),
        f"{_K}.43.5.4.1.5.1.1": text(firmware),
        f"{_K}.43.10.1.1.12.1.1": live_counter("counter", "total"),
        f"{_K}.42.2.5.1.1.1.1": live_counter("counter", "simplex"),
        f"{_K}.42.2.5.1.1.2.1": live_counter("counter", "duplex"),
        f"{_K}.42.2.5.1.1.3.1": live_counter("counter", "total"),
    }


MONO = Model(
    key="kyocera-mono",
    vendor="kyocera",
    manufacturer="Kyocera",
    name="ECOSYS P3145dn",
    object_id="1.3.6.1.4.1.1347.41",
    description="KYOCERA Document Solutions Printing System",
    serial="R4{AA}{n}",
    supplies=(
        Supply("1.1", "TK-3160", TONER, 12_500, 12_500, PAGES, BLACK, 1),
        waste_box("1.2", "Waste Toner Box", 60_000),
    ),
    trays=(Tray("MP Tray", 100, "A4", 0, 5), Tray("Cassette 1", 500, "A4")),
    life_extra=250,
    alert_texts=False,
    extra=_own("ECOSYS P3145dn", "2TS_S000.002.104") | {f"{_K}.42.3.1.1.1.1.1": counter(0)},
)

MFP = Model(
    key="kyocera-a3-mfp",
    vendor="kyocera",
    manufacturer="Kyocera",
    name="TASKalfa 3554ci",
    object_id="1.3.6.1.4.1.1347.41",
    description="KYOCERA Document Solutions Printing System",
    serial="RH{AA}{n}",
    color=True,
    functions=True,
    pages_a_tick=(0, 40),
    alert_texts=False,
    supplies=(
        *set_of_four(("TK-8375K", "TK-8375C", "TK-8375M", "TK-8375Y"), TONER, 20_000, 20_000, PAGES),
        waste_box("1.5", "Waste Toner Box", 40_000),
        worn("1.6", "Maintenance Kit A", DRUM, 600_000),
    ),
    trays=(
        Tray("MP Tray", 150, "A4", 0, 5),
        Tray("Cassette 1", 500, "A4"),
        Tray("Cassette 2", 500, "A3"),
    ),
    covers=("Front Cover", "Left Cover 1"),
    extra=_own("TASKalfa 3554ci", "2XC_S000.005.402")
    | {
        f"{_K}.42.3.1.1.1.1.1": live_counter("counter", "prints"),
        f"{_K}.42.3.1.1.1.1.2": live_counter("counter", "copies"),
        f"{_K}.42.3.1.1.1.1.4": counter(0),
    },
)
