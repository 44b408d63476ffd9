"""Pantum. Source: GLPI-agent's MibSupport."""

from services.collector.vendors.table import Vendor, at, enterprise

_P = "40093"

PANTUM = Vendor(
    "pantum",
    "Pantum",
    (enterprise("40093.1.1"), enterprise("40093")),
    serials=(
        at(f"{_P}.1.1.1.5", "pantum serial"),
        at(f"{_P}.6.1.2", "pantum serial, place 2"),
        at(f"{_P}.10.1.1.4", "pantum serial, place 3"),
    ),
    firmware=(at(f"{_P}.1.1.1.1", "pantum firmware"),),
)
