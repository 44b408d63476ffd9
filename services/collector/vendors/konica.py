"""Konica Minolta and Develop. Sources: recorded walks, GLPI-agent's MibSupport."""

from services.collector.vendors.table import Vendor, at, enterprise

_M = "18334.1.1.1"

KONICA = Vendor(
    "konica",
    "Konica Minolta",
    (enterprise("18334.1.1.1.2"), enterprise("18334")),
    models=(at(f"{_M}.1.6.2.1.0", "konica model"),),
    firmware=(at(f"{_M}.1.6.1.0", "konica firmware"),),
)
