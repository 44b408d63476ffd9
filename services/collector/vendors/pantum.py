"""Pantum. Sources: GLPI-agent's MibSupport and its discussion 590 (serials, firmware, counters, toner and drum), meter
programs (total). With one supply only, the standard table's rows have no second index.
"""

from typing import Any

from services.collector.mib.values import percent
from services.collector.read.facts import Facts
from services.collector.snmp.exchange import Oid
from services.collector.vendors.levels import put_percent
from services.collector.vendors.table import Vendor, at, beginning, counts, enterprise

_P = "40093"
_TONERS, _DRUMS = ("toner", "tonerCartridge"), ("opc",)
_LEVELS: dict[Oid, tuple[str, ...]] = {enterprise(f"{_P}.6.3.1"): _TONERS, enterprise(f"{_P}.8.1.4"): _DRUMS}


def _levels(facts: Facts, reading: dict[str, Any]) -> None:
    """The only toner and the only drum, where the standard table hides what is left of them."""
    for oid, types in _LEVELS.items():
        supplies = [supply for supply in reading["supplies"] if supply["type"] in types]
        share = percent(facts.number(oid), 100)
        if len(supplies) == 1 and supplies[0]["percent"] is None and share is not None:
            put_percent(supplies[0], share, oid)


PANTUM = Vendor(
    "pantum",
    "Pantum",
    (enterprise("40093.1.1"), enterprise("40093")),
    claims=beginning("pantum"),
    probe=enterprise(f"{_P}.6.1.2"),
    serials=(
        at(f"{_P}.1.1.1.5", "pantum serial"),
        at(f"{_P}.6.1.2", "pantum serial, place 2"),
        at(f"{_P}.10.1.1.4", "pantum serial, place 3"),
    ),
    firmware=(at(f"{_P}.1.1.1.1", "pantum firmware"),),
    counts=(
        *counts("pantum total", _P, {"10.3.1.1": "total", "6.4.1": "total"}),
        *counts("pantum counter", f"{_P}.1.1.3", {"1": "duplex", "9": "copy", "12": "print"}, group="functions"),
    ),
    asks=tuple(_LEVELS),
    refiners=(_levels,),
)
