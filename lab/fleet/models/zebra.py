"""Zebra: a label printer. No Printer-MIB: no pages, no supplies, and its serial in the vendor's tree."""

from lab.fleet.model import Model
from lab.fleet.tree import gauge, integer, live_text, text

_Z = "1.3.6.1.4.1.10642"

LABEL = Model(
    key="zebra-label",
    vendor="zebra",
    manufacturer="Zebra Technologies",
    name="ZTC ZD621-203dpi ZPL",
    object_id="1.3.6.1.4.1.10642.1.1",
    description="ZTC ZD621-203dpi ZPL V93.21.15Z",
    serial="D6N{n}{1}",
    printer_mib=False,
    standard_serial=None,
    charset=None,
    markers=(),
    duplex=False,
    extra={
        f"{_Z}.1.1.0": text("ZTC ZD621-203dpi ZPL"),
        f"{_Z}.1.2.0": text("V93.21.15Z"),
        f"{_Z}.1.4.0": live_text("{name}"),
        f"{_Z}.1.9.0": live_text("{serial}"),
        f"{_Z}.1.11.0": text("Zebra Technologies"),
        f"{_Z}.1.18.0": text("6.6"),
        f"{_Z}.200.17.3.0": gauge(41_233),
        f"{_Z}.200.19.5.0": live_text("{serial}"),
        f"{_Z}.200.19.7.0": integer(621),
    },
)
