"""Kyocera, UTAX, Triumph-Adler, Copystar. Sources: recorded walks, GLPI-agent's MibSupport."""

from services.collector.vendors.table import Vendor, at, enterprise

_K = "1347"

KYOCERA = Vendor(
    "kyocera",
    "Kyocera",
    (enterprise("1347.41"), enterprise("1347")),
    serials=(at(f"{_K}.43.5.1.1.28.1", "kyocera serial"),),
    models=(at(f"{_K}.43.5.1.1.1.1", "kyocera model"),),
    firmware=(at(f"{_K}.43.5.4.1.5.1.1", "kyocera firmware"),),
)
