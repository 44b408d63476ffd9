"""Epson. Sources: GLPI-agent's MibSupport (serial, model); public notes on an AM-C550 and a WF-C17590, held there
against the devices' own pages (counters by colour and function); several templates name the first of these too.
"""

from services.collector.vendors.table import Vendor, at, beginning, counts, device_id, enterprise

_E = "1248.1.2.2"
_ID = "1248.1.2.2.1.1.1.1.1"

EPSON = Vendor(
    "epson",
    "EPSON",
    (enterprise("1248.1.1.2"), enterprise("1248")),
    claims=beginning("epson"),
    probe=enterprise(f"{_E}.1.1.1.5.1"),
    serials=(at(f"{_E}.1.1.1.5.1", "epson serial"),),
    models=(
        at(f"{_E}.1.1.1.2.1", "epson model"),
        at("1248.1.1.3.1.3.8.0", "epson model, card"),
        device_id(_ID, "MDL|MODEL", "IEEE 1284 device id"),
    ),
    firmware=(at(f"{_E}.2.1.1.4.1", "epson firmware"), at(f"{_E}.2.1.1.3.1", "epson firmware name")),
    counts=(
        *counts("epson by color", f"{_E}.27.1.1", {"30.1.1": "total", "3.1.1": "mono", "4.1.1": "color"}),
        *counts("epson by function", f"{_E}.27.6.1", {"4.1.1.1": "print", "4.1.1.2": "copy"}),
        *counts("epson by function, color", f"{_E}.27.6.1", {"5.1.1.1": "print_color", "5.1.1.2": "copy_color"}),
    ),
)
