"""Ricoh: an A3 colour MFP with Chinese texts in UTF-8, an empty prtGeneralSerialNumber and levels in steps of ten."""

from lab.fleet.model import Model, Tray
from lab.fleet.models.parts import TONER, set_of_four, waste_box
from lab.fleet.tree import Cell, counter, integer, live_counter, live_integer, live_text, text

_R = "1.3.6.1.4.1.367.3.2.1"
# Counter table: row, type code, name, reader. Rows differ per model; the code in column 2 tells what a row is.
_COUNTERS = (
    (1, 10, "Total", "total"),
    (4, 200, "Copy: Total", "copies"),
    (9, 400, "Print: Total", "prints"),
    (21, 870, "Scan: Color", None),
)


def _counters() -> dict[str, Cell]:
    rows: dict[str, Cell] = {}
    for row, code, words, reader in _COUNTERS:
        rows[f"{_R}.2.19.5.1.2.{row}"] = integer(code)
        rows[f"{_R}.2.19.5.1.5.{row}"] = text(words)
        rows[f"{_R}.2.19.5.1.9.{row}"] = live_counter("counter", reader) if reader else counter(0)
    return rows


MFP = Model(
    key="ricoh-a3-mfp",
    vendor="ricoh",
    manufacturer="RICOH",
    name="MP C2504ex",
    object_id="1.3.6.1.4.1.367.1.1",
    description="RICOH MP C2504ex 1.11 / RICOH Network Printer C model / RICOH Network Scanner C model",
    serial="C73{AAA}{n}",
    standard_serial="",
    printer_name="{model}",
    color=True,
    functions=True,
    huge=True,
    pages_a_tick=(0, 60),
    language="zh",
    country="CN",
    supplies=(
        *set_of_four(("黑色碳粉", "青色碳粉", "品红色碳粉", "黄色碳粉"), TONER, 100, 15_000),
        waste_box("1.5", "废粉瓶", 50_000, 100, None),
    ),
    trays=(
        Tray("手送纸盘", 100, "A4", -3, 5),
        Tray("纸盘 1", 550, "A4"),
        Tray("纸盘 2", 550, "A3"),
    ),
    outputs=("内置纸盘 1",),
    covers=("前盖", "右盖"),
    console=("准备就绪",),
    extra={
        f"{_R}.1.1.1.0": text("MP C2504ex"),
        f"{_R}.1.1.2.0": text("1.11"),
        f"{_R}.2.1.4.0": live_text("{serial}"),
        f"{_R}.2.19.1.0": live_counter("counter", "total"),
        f"{_R}.2.24.1.1.2.1": text("黑色碳粉"),
        f"{_R}.2.24.1.1.5.1": live_integer("supply_percent", "0"),
        f"{_R}.2.24.1.1.2.2": text("青色碳粉"),
        f"{_R}.2.24.1.1.5.2": live_integer("supply_percent", "1"),
        f"{_R}.2.24.1.1.2.3": text("品红色碳粉"),
        f"{_R}.2.24.1.1.5.3": live_integer("supply_percent", "2"),
        f"{_R}.2.24.1.1.2.4": text("黄色碳粉"),
        f"{_R}.2.24.1.1.5.4": live_integer("supply_percent", "3"),
        **_counters(),
    },
)
