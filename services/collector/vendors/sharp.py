"""Sharp. Sources: recorded walks, GLPI-agent's MibSupport."""

from services.collector.vendors.table import Vendor, at, enterprise

_S = "2385"

SHARP = Vendor(
    "sharp",
    "Sharp",
    (enterprise("2385.3.1"), enterprise("2385")),
    models=(at(f"{_S}.2.1.3.2.1.4.13501.1302.1", "sharp model"), at(f"{_S}.1.1.19.1.1.1.0", "sharp model, short")),
    firmware=(at(f"{_S}.2.1.1.2.1.2.1", "sharp firmware"),),
)
