"""The engine of the vendors' tables: what is asked, what is taken, and what an error in a module costs."""

from dataclasses import replace
from typing import Any

import pytest

from services.collector import vendors
from services.collector.mib import oids as m
from services.collector.mib.counters import COUNTERS
from services.collector.read import build
from services.collector.read.facts import Facts
from services.collector.snmp.exchange import COUNTER32, GAUGE32, INTEGER, OCTETS, Oid, Varbind
from services.collector.vendors.counts import Count, CountTable
from services.collector.vendors.levels import LevelTable
from services.collector.vendors.table import Vendor, beginning, enterprise

LIFE = (*m.MARKER_LIFE_COUNT, 1, 1)
OWN = enterprise("99999.1")


def facts_of(values: dict[Oid, int | bytes], *columns: Oid) -> Facts:
    """Facts as the reader makes them: numbers are Counter32, bytes are octets."""
    facts = Facts({oid: Varbind(oid, COUNTER32 if isinstance(v, int) else OCTETS, v) for oid, v in values.items()})
    for column in columns:
        facts.rows[column] = [cell for oid, cell in sorted(facts.found.items()) if oid[: len(column)] == column]
    return facts


def counters(vendor: Vendor, values: dict[Oid, int | bytes]) -> dict[str, Any]:
    facts = facts_of(values, m.MARKER_LIFE_COUNT, *vendor.walks)
    counted: dict[str, Any] = build.reading(facts, vendor)["counters"]
    return counted


@pytest.mark.parametrize("vendor", vendors.VENDORS, ids=lambda vendor: vendor.key)
def test_every_counter_key_of_a_vendor_is_in_the_one_table(vendor: Vendor) -> None:
    keys = {count.key for count in vendor.counts} | {
        key for table in vendor.count_tables for key in table.keys.values()
    }
    assert keys <= set(COUNTERS)


@pytest.mark.parametrize("vendor", vendors.VENDORS, ids=lambda vendor: vendor.key)
def test_what_is_asked_of_a_vendor_fits_into_a_poll(vendor: Vendor) -> None:
    assert len(vendor.oids) <= 80
    assert len(vendor.walks) <= 12
    assert all(len(oid) > 7 for oid in (*vendor.oids, *vendor.walks))


def test_a_counter_says_where_it_is_from() -> None:
    vendor = Vendor("x", "X", (), counts=(Count("duplex", (*OWN, 1, 0), "x duplex"),))
    assert counters(vendor, {(*OWN, 1, 0): 7})["duplex"] == {
        "value": 7, "oid": "1.3.6.1.4.1.99999.1.1.0", "rule": "x duplex", "unit": "impressions",
    }  # fmt: skip


def test_a_vendors_total_stands_before_the_life_count_which_is_kept() -> None:
    vendor = Vendor("x", "X", (), counts=(Count("total", (*OWN, 1, 0), "x total", replaces=True),))
    found = counters(vendor, {LIFE: 61244, (*OWN, 1, 0): 60994})
    assert (found["total"]["value"], found["total"]["rule"]) == (60994, "x total")
    assert (found["marker_1"]["value"], found["marker_1"]["rule"]) == (61244, "prtMarkerLifeCount")


@pytest.mark.parametrize("value", [0, -2, b"no number"])
def test_a_vendors_total_that_counts_nothing_leaves_the_life_count(value: int | bytes) -> None:
    vendor = Vendor("x", "X", (), counts=(Count("total", (*OWN, 1, 0), "x total", replaces=True),))
    assert counters(vendor, {LIFE: 61244, (*OWN, 1, 0): value})["total"]["value"] == 61244


def test_zeros_of_functions_that_a_device_does_not_count_are_left_out() -> None:
    functions = (Count("print", (*OWN, 1), "x", group="functions"), Count("copy", (*OWN, 2), "x", group="functions"))
    vendor = Vendor("x", "X", (), counts=functions)
    assert set(counters(vendor, {LIFE: 500, (*OWN, 1): 0, (*OWN, 2): 0})) == {"total"}
    assert counters(vendor, {LIFE: 500, (*OWN, 1): 500, (*OWN, 2): 0})["copy"]["value"] == 0
    assert counters(vendor, {LIFE: 0, (*OWN, 1): 0, (*OWN, 2): 0})["copy"]["value"] == 0


@pytest.mark.parametrize(
    ("keys", "names", "name_values"),
    [
        ({10: "copy"}, (*OWN, 2), {(*OWN, 2, 5): 10}),
        ({"copy (total 1)": "copy"}, (*OWN, 2), {(*OWN, 2, 5): b"Copy  (Total 1)\x00"}),
        ({5: "copy"}, None, {}),
    ],
    ids=["code", "name", "index"],
)
def test_a_tables_rows_are_known_by_code_name_or_index(
    keys: Any, names: Oid | None, name_values: dict[Oid, int | bytes]
) -> None:
    vendor = Vendor("x", "X", (), count_tables=(CountTable("x table", (*OWN, 9), keys, names),))
    found = counters(vendor, {(*OWN, 9, 5): 44, (*OWN, 9, 6): 45, **name_values})
    assert {key: counter["value"] for key, counter in found.items()} == {"copy": 44}
    assert found["copy"]["oid"].endswith(".9.5")


def test_a_vendors_level_fills_what_the_standard_table_leaves_open() -> None:
    levels, maxima = (*OWN, 3), (*OWN, 4)
    vendor = Vendor("x", "X", (), level_tables=(LevelTable(levels, maxima),))
    row = {
        (*m.SUPPLY_LEVEL, 1, 1): -3,
        (*m.SUPPLY_MAX, 1, 1): -2,
        (*m.SUPPLY_LEVEL, 1, 2): 50,
        (*m.SUPPLY_MAX, 1, 2): 100,
    }
    facts = facts_of({**row, (*levels, 1): 30, (*maxima, 1): 400, (*levels, 2): 1, (*maxima, 2): 400},
                     m.SUPPLY_LEVEL, *vendor.walks)  # fmt: skip
    first, second = build.reading(facts, vendor)["supplies"]
    assert (first["percent"], first["level"], first["state"], first["oid"]) == (8, None, "low", m.dotted((*levels, 1)))
    assert (second["percent"], second["state"]) == (50, "ok")


def test_an_error_in_a_module_costs_its_extras_and_is_named() -> None:
    def broken(facts: Facts, reading: dict[str, Any]) -> None:
        reading["counters"].clear()
        raise ValueError("a bug")

    vendor = Vendor("x", "X", (), refiners=(broken,))
    reading = build.reading(facts_of({LIFE: 9}, m.MARKER_LIFE_COUNT), vendor)
    assert reading["counters"]["total"]["value"] == 9
    assert reading["identity"]["manufacturer"] == "X"
    assert (reading["complete"], reading["missing"]) == (False, ["vendor"])


def test_a_card_with_another_makers_root_is_known_by_its_description() -> None:
    shared = Vendor("card", "Card", (enterprise("99998"),), yields=True)
    assert not replace(shared, yields=False).yields
    assert vendors.of(enterprise("11.2.3.9.1"), "Brother NC-6200h, Firmware Ver.H").key == "brother"
    assert vendors.of(enterprise("11.2.3.9.1"), "HP ETHERNET MULTI-ENVIRONMENT").key == "hp"
    assert vendors.of(None, "Brother NC-6200h").key == "brother"
    assert vendors.of(None, "Linux print server").key == "unknown"
    assert beginning("x|y").search(" Y 12") is not None


def test_any_integer_type_counts() -> None:
    vendor = Vendor("x", "X", (), counts=(Count("copy", (*OWN, 1), "x"), Count("print", (*OWN, 2), "x")))
    facts = Facts(
        {(*OWN, 1): Varbind((*OWN, 1), INTEGER, 2**31 + 5), (*OWN, 2): Varbind((*OWN, 2), GAUGE32, 2**32 - 1)}
    )
    found = build.reading(facts, vendor)["counters"]
    assert (found["copy"]["value"], found["print"]["value"]) == (2**31 + 5, 2**32 - 1)
