"""Devices of one maker, as the rows that they have."""

from typing import Any

from services.collector.mib import oids as m
from services.collector.read import build
from services.collector.read.facts import Facts
from services.collector.snmp.exchange import COUNTER32, OCTETS, Oid, Varbind
from services.collector.vendors.table import Vendor, enterprise

Values = dict[str, int | str | bytes]


def facts_of(vendor: Vendor, below: str, values: Values, standard: dict[Oid, int | str] | None = None) -> Facts:
    """The facts of a device that has these rows below 1.3.6.1.4.1.`below`, and these standard ones."""
    found: dict[Oid, Varbind] = {}
    rows: dict[Oid, Any] = {enterprise(f"{below}.{rest}" if below else rest): value for rest, value in values.items()}
    for oid, value in (rows | (standard or {})).items():
        octets = value.encode() if isinstance(value, str) else value
        found[oid] = Varbind(oid, COUNTER32 if isinstance(value, int) else OCTETS, octets)
    facts = Facts(found)
    for column in (m.MARKER_LIFE_COUNT, m.SUPPLY_LEVEL, *vendor.walks):
        facts.rows[column] = [cell for oid, cell in sorted(found.items()) if oid[: len(column)] == column]
    return facts


def reading_of(
    vendor: Vendor, below: str, values: Values, standard: dict[Oid, int | str] | None = None
) -> dict[str, Any]:
    reading = build.reading(facts_of(vendor, below, values, standard), vendor)
    assert reading["complete"]
    return reading


def counted(vendor: Vendor, below: str, values: Values, standard: dict[Oid, int | str] | None = None) -> dict[str, int]:
    return {key: one["value"] for key, one in reading_of(vendor, below, values, standard)["counters"].items()}
