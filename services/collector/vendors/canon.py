"""Canon. Sources: recorded walks (model, firmware), LibreNMS and GLPI-agent (serial)."""

from services.collector.vendors.table import Vendor, at, enterprise

CANON = Vendor(
    "canon",
    "Canon",
    (enterprise("1602.4"), enterprise("1602")),
    serials=(at("1602.1.2.1.4.0", "canon serial"), at("1602.1.2.1.8.1.3.1.1", "canon serial, ADVANCE")),
    models=(at("1602.1.1.1.1.0", "canon model"),),
    firmware=(at("1602.1.1.1.4.0", "canon firmware"),),
)
