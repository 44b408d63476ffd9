"""Zebra label printers, which have no Printer-MIB. Source: GLPI-agent's MibSupport.

e.683.6 is the ZebraNet card, whose serial number (e.683.1.5.0) is the card's and not the printer's: it is not asked.
"""

from services.collector.vendors.table import Vendor, at, enterprise

_Z = "10642"

ZEBRA = Vendor(
    "zebra",
    "Zebra",
    (enterprise("10642.1"), enterprise("10642"), enterprise("683.6")),
    serials=(at(f"{_Z}.1.9.0", "zebra serial"), at(f"{_Z}.200.19.5.0", "zebra serial, QL")),
    models=(at(f"{_Z}.1.1.0", "zebra model"), at("683.6.2.3.2.1.15.1", "zebranet model")),
    firmware=(at(f"{_Z}.1.2.0", "zebra firmware"),),
)
