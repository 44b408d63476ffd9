"""Ricoh, Lanier, NRG, Savin, Gestetner, Infotec. Sources: recorded walks, GLPI-agent's MibSupport."""

from services.collector.vendors.table import Vendor, at, enterprise

_R = "367.3.2.1"

RICOH = Vendor(
    "ricoh",
    "Ricoh",
    (enterprise("367.1.1"), enterprise("367")),
    serials=(at(f"{_R}.2.1.4.0", "ricoh serial"),),
    models=(at(f"{_R}.1.1.1.0", "ricoh model"),),
    firmware=(at(f"{_R}.1.1.2.0", "ricoh firmware"),),
)
