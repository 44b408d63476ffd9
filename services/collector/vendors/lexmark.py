"""Lexmark. Source: GLPI-agent's MibSupport."""

from services.collector.vendors.table import Vendor, at, enterprise

_L = "641"

LEXMARK = Vendor(
    "lexmark",
    "Lexmark",
    (enterprise("641"),),
    serials=(at(f"{_L}.6.2.3.1.5.1", "lexmark serial"), at(f"{_L}.2.1.2.1.6.1", "lexmark serial, older models")),
    models=(at(f"{_L}.6.2.3.1.4.1", "lexmark model"), at(f"{_L}.2.1.2.1.2.1", "lexmark model, older models")),
    firmware=(at(f"{_L}.6.3.3.1.7.1.1", "lexmark firmware"), at(f"{_L}.2.1.2.1.4.1", "lexmark code level")),
)
