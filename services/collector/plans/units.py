"""A reading in units, each a pure function of a few cells: what the fast reader makes anew only where octets changed.

Put together, and with the alerts, they are what build.reading gives; tests hold the two to each other.
"""

from collections.abc import Callable
from typing import Any

from services.collector import vendors
from services.collector.mib import oids as m
from services.collector.plans.layout import Unit, is_below
from services.collector.read import build, parts, receptacles
from services.collector.read.facts import Facts
from services.collector.read.identity import identity
from services.collector.read.printer import vendor_of
from services.collector.snmp.exchange import Oid
from services.collector.vendors import Vendor
from services.collector.vendors.levels import fill

IDENTITY, COUNTERS = "identity", "counters"
_BY_KEY = {vendor.key: vendor for vendor in (*vendors.VENDORS, vendors.UNKNOWN)}

Make = Callable[[Facts, Vendor, Oid], Any]
# (facts, vendor, what the maker made, level, maximum)
Fill = Callable[[Facts, Vendor, Any, int | None, int | None], Any]


def _identity(facts: Facts, vendor: Vendor, _: Oid) -> tuple[str, dict[str, Any]]:
    """Whose agent it is, and who the device is."""
    return vendor_of(facts).key, identity(facts, vendor)


def _counters(facts: Facts, vendor: Vendor, _: Oid) -> dict[str, Any]:
    counters = build.counters(facts)
    vendor.count(facts, counters)
    return counters


def _supply(facts: Facts, vendor: Vendor, row: Any, level: int | None, maximum: int | None) -> dict[str, Any]:
    supply = build.supply_with(row, level, maximum)
    for table in vendor.level_tables:
        fill(facts, [supply], table)
    return supply


MAKERS: dict[str, Make] = {
    "status": lambda facts, _, __: build.status(facts),
    IDENTITY: _identity,
    COUNTERS: _counters,
    "supplies": lambda facts, _, index: build.supply_row(facts, index),
    "trays": lambda facts, _, index: build.tray_row(facts, index),
    "covers": lambda facts, _, index: build.cover(facts, index),
    "console": lambda facts, _, __: build.console(facts),
}
# Who puts the amounts into a row: they move from poll to poll, while the row is hardly ever made anew.
FILLERS: dict[str, Fill] = {
    "supplies": _supply,
    "trays": lambda _, __, row, level, maximum: build.tray_with(row, level, maximum),
}
# Level and maximum of a row.
AMOUNTS = {"supplies": (m.SUPPLY_LEVEL, m.SUPPLY_MAX), "trays": (m.INPUT_LEVEL, m.INPUT_MAX)}
_ORDER = ("status", IDENTITY, COUNTERS, "supplies", "trays", "covers", "alerts", "console")
_TABLES = {"supplies": parts.SUPPLIES, "trays": parts.TRAYS, "covers": parts.COVERS}


def made(name: str, facts: Facts, vendor: Vendor, index: Oid) -> Any:
    """The whole unit."""
    value, fill = MAKERS[name](facts, vendor, index), FILLERS.get(name)
    if fill is None:
        return value
    level, maximum = (facts.number((*column, *index)) for column in AMOUNTS[name])
    return fill(facts, vendor, value, level, maximum)


def moves(unit: Unit, cell: Oid) -> bool:
    """Whether a cell is for the unit's filler alone: an amount, or a vendor's word on it."""
    columns = AMOUNTS.get(unit[0])
    return columns is not None and (not is_below(cell, m.PRINTER_MIB) or any(is_below(cell, c) for c in columns))


def amounts_of(unit: Unit) -> tuple[Oid, Oid] | None:
    """The cells of a row's level and maximum; None for units without amounts."""
    name, index = unit
    columns = AMOUNTS.get(name)
    return None if columns is None else ((*columns[0], *index), (*columns[1], *index))


def units_of(facts: Facts) -> list[Unit]:
    """The units of a printer's reading, in the reading's order."""
    found: list[Unit] = []
    for name in MAKERS:
        table = _TABLES.get(name)
        found += [(name, ())] if table is None else [(name, index) for index in facts.indexes(table.rows, table.most)]
    return found


def put_together(units: list[Unit], made: list[Any]) -> dict[str, Any]:
    """The reading of these units, without alerts. The rows are shared with other readings: nobody may change them."""
    reading: dict[str, Any] = {name: [] if name in _TABLES else None for name in _ORDER}
    for (name, _), value in zip(units, made, strict=True):
        if name in _TABLES:
            reading[name].append(value)
        else:
            reading[name] = value[1] if name == IDENTITY else value
    return reading


def refined(facts: Facts, vendor: Vendor, reading: dict[str, Any]) -> dict[str, Any]:
    """The reading as a vendor's own functions leave it; they get copies of the rows, for they change them."""
    if vendor.refiners:
        reading["counters"] = {key: dict(value) for key, value in reading["counters"].items()}
        for name in ("status", "identity"):
            reading[name] = dict(reading[name])
        for name in (*_TABLES, "alerts"):
            reading[name] = [dict(row) for row in reading[name]]
        reading["console"] = list(reading["console"])
        for refiner in vendor.refiners:
            refiner(facts, reading)
    receptacles.settle(reading)
    return reading


def vendor_named(key: str) -> Vendor:
    """The vendor of this key. Raises KeyError."""
    return _BY_KEY[key]
