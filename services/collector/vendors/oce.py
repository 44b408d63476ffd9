"""Océ wide-format printers. Source: zabbix community templates and a public exporter (area and length of what was
printed); later ones have Canon's root."""

from services.collector.vendors.counts import Count
from services.collector.vendors.table import Vendor, beginning, enterprise

_O = "1552.21.3.1.1.5"

OCE = Vendor(
    "oce",
    "Océ",
    (enterprise("1552"),),
    claims=beginning("oc[eé]"),
    counts=(
        Count("area", enterprise(f"{_O}.7.0"), "oce area"),
        Count("length", enterprise(f"{_O}.8.0"), "oce length", unit="meters"),
    ),
)
