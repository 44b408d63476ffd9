"""Toshiba TEC: e-STUDIO multifunction devices (OKI has some from it) and label printers.

Sources: GLPI-agent's MibSupport (label printers), FusionInventory's model files and several meter programs that agree
(e-STUDIO counters 2.3.50.1.3.21.6.1.{category}.1.{1 full colour, 2 two colours, 3 black, 4 all}), OpenVAS (firmware).
Large paper counts twice in some categories, so that parts need not add up to the whole.
"""

from services.collector.vendors.sums import colors
from services.collector.vendors.table import Vendor, at, beginning, brand, counts, enterprise

_LABEL = "1129.1.2.1.1.1"
_STUDIO = "1129.2.3.50.1"
_KINDS = {1: "full_color", 2: "two_color", 3: "mono"}
_CATEGORIES = {2: "", 3: "print_", 4: "copy_"}

TOSHIBA = Vendor(
    "toshiba",
    "Toshiba",
    (enterprise("1129"),),
    claims=beginning("toshiba"),
    brands=(brand("oki|oki data", "OKI"),),
    serials=(at(f"{_LABEL}.1.1.0", "toshiba product number"),),
    models=(at(f"{_STUDIO}.2.3.1.3.1.1", "toshiba e-STUDIO model"), at(f"{_LABEL}.2.1.0", "toshiba device model")),
    firmware=(at(f"{_STUDIO}.2.4.1.62.1.1", "toshiba e-STUDIO firmware"), at(f"{_LABEL}.1.2.0", "toshiba version")),
    counts=counts(
        "toshiba counter",
        f"{_STUDIO}.3.21.6.1",
        {
            "2.1.4": "total",
            "3.1.4": "print",
            "4.1.4": "copy",
            "8.1.4": "scan_network",
            **{f"{c}.1.{k}": f"{of}{kind}" for c, of in _CATEGORIES.items() for k, kind in _KINDS.items()},
            "207.1.1": "color_large",
            "207.1.3": "mono_large",
            "208.1.1": "color_small",
            "208.1.3": "mono_small",
        },
    ),
    countings=colors("", "print", "copy"),
)
