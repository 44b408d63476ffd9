"""Panasonic. Source: one template only (402.1.4.2.1.7, with and without an instance); no device was seen here."""

from services.collector.vendors.levels import LevelTable
from services.collector.vendors.table import Vendor, beginning, counts, enterprise

_P = "258.402.1.4.2.1.7"
_KEYS = {"1": "print", "2": "drum", "5": "copy", "8": "fax_sent", "9": "fax_received"}

PANASONIC = Vendor(
    "panasonic",
    "Panasonic",
    (enterprise("258"),),
    claims=beginning("panasonic"),
    counts=(
        *counts("panasonic counter", _P, _KEYS, group="functions"),
        *counts("panasonic counter", _P, {f"{row}.0": key for row, key in _KEYS.items()}, group="functions"),
    ),
    level_tables=(LevelTable(enterprise("258.1.2.2.3.1.1.4")),),
)
