"""Canon: a mono MFP that speaks SNMP v1 only; its counters are known by their names."""

from lab.fleet.model import BLACK, Model, Supply, Tray
from lab.fleet.models.parts import CARTRIDGE
from lab.fleet.tree import Cell, live_counter, live_text, text

_C = "1.3.6.1.4.1.1602"
_COUNTERS = (
    (1, "Total 1", "life"),
    (2, "Total (Black 1)", "mono"),
    (3, "Copy (Total 1)", "copies"),
    (4, "Print (Total 1)", "prints"),
)


def _counters() -> dict[str, Cell]:
    rows: dict[str, Cell] = {}
    for row, words, reader in _COUNTERS:
        rows[f"{_C}.1.11.2.1.1.2.{row}"] = text(words)
        rows[f"{_C}.1.11.2.1.1.3.{row}"] = live_counter("counter", reader)
    return rows


MONO = Model(
    key="canon-mono",
    vendor="canon",
    manufacturer="Canon",
    name="Canon MF445dw",
    aliases=("MF445dw",),
    object_id="1.3.6.1.4.1.1602.4.7",
    description="Canon MF445dw /P",
    serial="2QX{n}",
    functions=True,
    versions=frozenset((0,)),
    supplies=(Supply("1.1", "Canon Cartridge 057", CARTRIDGE, 100, 3_100, color=BLACK, colorant=1),),
    trays=(Tray("Multi-Purpose Tray", 100, "A4", -3, 5), Tray("Drawer 1", 250, "A4")),
    extra={
        f"{_C}.1.1.1.1.0": text("MF445dw"),
        f"{_C}.1.1.1.4.0": text("05.07"),
        f"{_C}.1.2.1.4.0": live_text("{serial}"),
        **_counters(),
    },
)
