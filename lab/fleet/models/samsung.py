"""Samsung: a mono laser with a small agent that says tooBig above ten varbinds or 484 octets."""

from lab.fleet.model import BLACK, Model, Supply, Tray
from lab.fleet.models.parts import FUSER, TONER, worn
from lab.fleet.tree import live_text, text

_A = "1.3.6.1.4.1.236.11.5.1.1.1"

MONO = Model(
    key="samsung-mono",
    vendor="samsung",
    manufacturer="Samsung",
    name="Samsung M332x 382x 402x Series",
    object_id="1.3.6.1.4.1.236.11.5.1",
    description="Samsung M332x 382x 402x Series; V4.00.02.26 SEP-21-2016;Engine V1.00.20;NIC V6.01.00;S/N {serial}",
    serial="ZDF1{AAA}{n}",
    most_varbinds=10,
    most_octets=484,
    supplies=(
        Supply("1.1", "Black Toner Cartridge S/N:CRUM-17010112345", TONER, 10_000, 10_000, 7, BLACK, 1),
        worn("1.2", "Fuser Life", FUSER, 90_000),
        worn("1.3", "Transfer Roller Life", 20, 90_000),
        worn("1.4", "Tray 1 Pick-up Roller Life", 1, 90_000),
    ),
    trays=(Tray("Tray 1", 250, "A4", -3), Tray("MP Tray", 50, "A4", -3, 5)),
    extra={
        f"{_A}.1.0": text("Samsung M332x 382x 402x Series"),
        f"{_A}.2.0": text("V4.00.02.26"),
        f"{_A}.4.0": live_text("{serial}"),
    },
)
