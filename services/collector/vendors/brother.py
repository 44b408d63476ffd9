"""Brother. Sources: GLPI-agent's MibSupport, bieniu/brother, recorded walks."""

from services.collector.vendors.table import Vendor, at, beginning, device_id, enterprise

_B = "2435.2.3.9.4.2.1.5"
_ID = "2435.2.3.9.1.1.7.0"

BROTHER = Vendor(
    "brother",
    "Brother",
    (enterprise("2435.2.3.9.1"), enterprise("2435")),
    claims=beginning("brother"),
    serials=(at(f"{_B}.5.1.0", "brother serial"), device_id(_ID, "SN|SERN", "IEEE 1284 device id")),
    models=(device_id(_ID, "MDL|MODEL", "IEEE 1284 device id"),),
    firmware=(at(f"{_B}.5.17.0", "brother firmware"),),
)
