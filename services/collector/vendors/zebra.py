"""Zebra label printers, which have no Printer-MIB. Sources: GLPI-agent's MibSupport, ZEBRA-QL-MIB, LibreNMS, public
notes on a GX430t and a ZD621 (odometers, which are texts: "89667 INCHES, 227775 CENTIMETERS").

e.683.6 is the ZebraNet card, whose serial number (e.683.1.5.0) is the card's and not the printer's: it is not asked.
"""

import re
from typing import Any

from services.collector.read.facts import Facts
from services.collector.vendors.counts import Count, add
from services.collector.vendors.table import Vendor, at, beginning, enterprise

_Z = "10642"
_LENGTHS = (enterprise(f"{_Z}.200.17.3.0"), enterprise(f"{_Z}.200.17.7.0"))
_LABELS = enterprise(f"{_Z}.200.17.2.0")
_IN_UNITS = re.compile(r"(\d{1,15})\s*(INCH|CENTIMETER)", re.IGNORECASE)
_COUNT = re.compile(r"^\s*(\d{1,15})\b(?!\s*(?:INCH|CENTIMETER))", re.IGNORECASE)
_UNITS = {"INCH": "inches", "CENTIMETER": "centimeters"}


def _odometers(facts: Facts, counters: dict[str, Any]) -> None:
    found = []
    for oid in _LENGTHS:
        text, number = facts.text(oid) or "", facts.number(oid)
        if told := _IN_UNITS.search(text):
            unit = _UNITS[told.group(2).upper()]
            found.append((Count("length", oid, "zebra odometer", unit=unit), int(told.group(1))))
        elif number is not None and number >= 0:
            found.append((Count("length", oid, "zebra odometer", unit="inches"), number))
    number = facts.number(_LABELS)
    told = _COUNT.match(facts.text(_LABELS) or "")
    labels = number if number is not None else int(told.group(1)) if told else None
    if labels is not None and labels >= 0:
        found.append((Count("labels", _LABELS, "zebra label odometer"), labels))
    add(counters, found)


ZEBRA = Vendor(
    "zebra",
    "Zebra",
    (enterprise("10642.1"), enterprise("10642"), enterprise("683.6")),
    claims=beginning("zebra|ztc"),
    probe=enterprise(f"{_Z}.1.9.0"),
    serials=(at(f"{_Z}.1.9.0", "zebra serial"), at(f"{_Z}.200.19.5.0", "zebra serial, QL")),
    models=(
        at(f"{_Z}.1.1.0", "zebra model"),
        at(f"{_Z}.200.19.7.0", "zebra model, QL"),
        at("683.6.2.3.2.1.15.1", "zebranet model"),
    ),
    firmware=(at(f"{_Z}.1.2.0", "zebra firmware"),),
    names=(at(f"{_Z}.1.4.0", "zebra name"),),
    asks=(*_LENGTHS, _LABELS),
    countings=(_odometers,),
)
