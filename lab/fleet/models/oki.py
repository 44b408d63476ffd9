"""OKI: a colour LED printer with Cyrillic texts in UTF-8 that mixes percent (toner) with pages (drums)."""

from lab.fleet.model import Model, Tray
from lab.fleet.models.parts import DRUM, FUSER, TONER, TRANSFER, set_of_four, worn
from lab.fleet.tree import live_counter, live_text, text

_O = "1.3.6.1.4.1.2001.1.1.1.1"

COLOR = Model(
    key="oki-color",
    vendor="oki",
    manufacturer="OKI",
    name="OKI C532",
    aliases=("C532",),
    object_id="1.3.6.1.4.1.2001.1.1.1.1.1",
    description="OKI OkiLAN 8450e Rev.05.34 10/100BASE-TX Ethernet Attached to C532 Rev.A01.05",
    serial="AK{AA}{n}",
    color=True,
    language="ru",
    country="RU",
    supplies=(
        *set_of_four(("Чёрный тонер", "Голубой тонер", "Пурпурный тонер", "Жёлтый тонер"), TONER, 100, 6_000),
        worn("1.5", "Чёрный фотобарабан", DRUM, 30_000),
        worn("1.6", "Голубой фотобарабан", DRUM, 30_000),
        worn("1.7", "Ремень переноса", TRANSFER, 60_000),
        worn("1.8", "Термоблок", FUSER, 60_000),
    ),
    trays=(Tray("Лоток 1", 250, "A4"), Tray("Универсальный лоток", 100, "A4", -3, 5)),
    covers=("Верхняя крышка",),
    outputs=("Укладчик лицевой стороной вниз",),
    console=("Готов к печати",),
    extra={
        f"{_O}.11.1.10.25.0": text("C532"),
        f"{_O}.11.1.10.45.0": live_text("{serial}"),
        f"{_O}.100.1.1.1.3.1": live_counter("counter", "life"),
    },
)
