"""Epson. Source: GLPI-agent's MibSupport, recorded walks."""

from services.collector.vendors.table import Vendor, at, enterprise

_E = "1248.1.2.2"

EPSON = Vendor(
    "epson",
    "EPSON",
    (enterprise("1248.1.1.2"), enterprise("1248")),
    serials=(at(f"{_E}.1.1.1.5.1", "epson serial"),),
    models=(at(f"{_E}.1.1.1.2.1", "epson model"),),
    firmware=(at(f"{_E}.2.1.1.4.1", "epson firmware"), at(f"{_E}.2.1.1.3.1", "epson firmware name")),
)
