"""Pantum: a mono laser with a small agent that stays silent above eight varbinds or 484 octets."""

from lab.fleet.model import BLACK, Model, Supply, Tray
from lab.fleet.models.parts import DRUM, TONER
from lab.fleet.tree import live_counter, live_text, text

_P = "1.3.6.1.4.1.40093"

MONO = Model(
    key="pantum-mono",
    vendor="pantum",
    manufacturer="Pantum",
    name="Pantum BM5100ADN series",
    object_id="1.3.6.1.4.1.40093.1.1.4.15",
    description="Pantum BM5100ADN series",
    serial="CK9{AA}{n}",
    most_varbinds=8,
    most_octets=484,
    over_limit="silent",
    charset=None,
    supplies=(
        Supply("1.1", "TL-5120X", TONER, 100, 15_000, color=BLACK, colorant=1),
        Supply("1.2", "DL-5120", DRUM, 100, 30_000),
    ),
    trays=(Tray("Auto Tray", 250, "A4", -3),),
    extra={
        f"{_P}.1.1.1.1": text("V2.1.6"),
        f"{_P}.1.1.1.5": live_text("{serial}"),
        f"{_P}.1.1.3.1": live_counter("counter", "duplex"),
        f"{_P}.1.1.3.12": live_counter("counter", "prints"),
    },
)
