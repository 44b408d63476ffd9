"""Konica Minolta, Develop, Sindoh, Olivetti and other brands of its make.

Sources: recorded walks (model, firmware, counters of a bizhub); GLPI-agent's MibSupport and LibreNMS (counters); public
counter scripts (large paper, single and two colours). Small models are bought-in engines and have none of the counters.
The brand on the housing stands in the model's own place: a "bizhub C3110" may say "Develop ineo+ 280" there.
"""

from services.collector.snmp.exchange import Oid
from services.collector.vendors.counts import Count, CountTable, RowName
from services.collector.vendors.sums import colors
from services.collector.vendors.table import Vendor, at, beginning, brand, counts, enterprise

_M = "18334.1.1.1"
_C = f"{_M}.5.7.2"
_COLORS = {1: "mono", 2: "full_color", 3: "single_color", 4: "two_color"}
_FUNCTIONS = {1: "copy", 2: "print"}
_BY_COLOR: dict[RowName, str] = {
    (color, function): f"{name}_{kind}" for color, kind in _COLORS.items() for function, name in _FUNCTIONS.items()
}
_MODEL: Oid = enterprise(f"{_M}.1.6.2.1.0")

KONICA = Vendor(
    "konica",
    "Konica Minolta",
    (enterprise("18334.1.1.1.2"), enterprise("18334.1.2.1.2"), enterprise("18334")),
    claims=beginning("konica|bizhub|develop|ineo"),
    probe=_MODEL,
    brands=(
        brand("develop|ineo", "Develop"),
        brand("sindoh", "Sindoh"),
        brand("olivetti|d-color", "Olivetti"),
        brand("muratec", "Muratec"),
    ),
    models=(at(f"{_M}.1.6.2.1.0", "konica model"),),
    firmware=(at(f"{_M}.1.6.1.0", "konica firmware"),),
    counts=(
        Count("total", enterprise(f"{_C}.1.1.0"), "konica total", replaces=True),
        *counts("konica counter", _C, {"1.3.0": "duplex", "3.1.5.1": "scan", "3.1.6.1": "scan_large"}),
        # LibreNMS takes the scans from here; it stands where the scanner's own row is missing.
        *counts("konica scan total", _C, {"1.5.0": "scan"}),
    ),
    count_tables=(CountTable("konica by color and function", enterprise(f"{_C}.2.1.5"), _BY_COLOR),),
    countings=colors("copy", "print"),
)
