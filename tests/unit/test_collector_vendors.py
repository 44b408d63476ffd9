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


def test_a_life_count_of_0_is_not_kept_by_a_device_that_has_printed() -> None:
    vendor = Vendor("x", "X", (), counts=(Count("total", (*OWN, 1, 0), "x total"),))
    found = counters(vendor, {LIFE: 0, (*OWN, 1, 0): 700})
    assert {key: counter["value"] for key, counter in found.items()} == {"total": 700, "marker_1": 0}
    assert counters(vendor, {LIFE: 701, (*OWN, 1, 0): 700})["total"]["value"] == 701


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


@pytest.mark.parametrize(
    "order", [(("black", 13), ("cyan", 10), ("magenta", 11)), (("cyan", 10), ("magenta", 11), ("black", 13))]
)
def test_ricohs_levels_are_known_by_the_type_of_their_row(order: tuple[tuple[str, int], ...]) -> None:
    table = "367.3.2.1.2.24.1.1"
    supplies = [(3, "black"), (4, "other"), (3, "cyan"), (21, "magenta"), (9, "cyan"), (3, "yellow")]
    values: dict[Oid, int | bytes] = {}
    for row, (kind, color) in enumerate(supplies, 1):
        values |= {(*m.SUPPLY_LEVEL, 1, row): -3, (*m.SUPPLY_MAX, 1, row): -2, (*m.SUPPLY_TYPE, 1, row): kind,
                   (*m.SUPPLY_COLORANT, 1, row): row, (*m.COLORANT_VALUE, 1, row): color.encode()}  # fmt: skip
    levels = {"black": 70, "cyan": 80, "magenta": -100}
    for row, (color, kind) in enumerate(order, 1):
        values |= {enterprise(f"{table}.4.{row}"): kind, enterprise(f"{table}.5.{row}"): levels[color]}
    ricoh = vendors.of(enterprise("367.1.1"))
    found = build.reading(facts_of(values, m.SUPPLY_LEVEL, *ricoh.walks), ricoh)["supplies"]
    assert [(one["percent"], one["state"]) for one in found] == [
        (70, "ok"), (None, "some"), (80, "ok"), (None, "low"), (None, "some"), (None, "some"),
    ]  # fmt: skip
    cyan = [color for color, _ in order].index("cyan") + 1
    assert found[2]["oid"] == m.dotted(enterprise(f"{table}.5.{cyan}"))


def test_the_only_level_is_the_only_toners() -> None:
    table = "367.3.2.1.2.24.1.1"
    values: dict[Oid, int | bytes] = {enterprise(f"{table}.4.1"): 3, enterprise(f"{table}.5.1"): 30}
    for row, kind in enumerate((3, 4), 1):
        values |= {(*m.SUPPLY_LEVEL, 1, row): -3, (*m.SUPPLY_MAX, 1, row): -2, (*m.SUPPLY_TYPE, 1, row): kind}
    ricoh = vendors.of(enterprise("367.1.1"))
    found = build.reading(facts_of(values, m.SUPPLY_LEVEL, *ricoh.walks), ricoh)["supplies"]
    assert [one["percent"] for one in found] == [30, None]


@pytest.mark.parametrize(
    ("colorant", "color"), [(b"Black Ink", "black"), (b"light cyan ink", "light cyan"), (b"Light Black", "light black")]
)
def test_a_colorant_is_told_without_what_it_is_of(colorant: bytes, color: str) -> None:
    row: dict[Oid, int | bytes] = {
        (*m.SUPPLY_LEVEL, 1, 1): 50, (*m.SUPPLY_COLORANT, 1, 1): 1, (*m.COLORANT_VALUE, 1, 1): colorant,
    }  # fmt: skip
    assert build.reading(facts_of(row, m.SUPPLY_LEVEL), vendors.UNKNOWN)["supplies"][0]["color"] == color


@pytest.mark.parametrize(
    ("name", "kind", "color"),
    [("TK-1230M", 3, "magenta"), ("CK-123K", 21, "black"), ("TK-1230", 3, None), ("PK-1230S", 3, None),
     ("DK-1230K", 15, None), ("XK-1230Y", 5, "yellow")],
)  # fmt: skip
def test_an_order_code_ends_in_its_color(name: str, kind: int, color: str | None) -> None:
    row: dict[Oid, int | bytes] = {
        (*m.SUPPLY_LEVEL, 1, 1): 50, (*m.SUPPLY_TYPE, 1, 1): kind, (*m.SUPPLY_DESCRIPTION, 1, 1): name.encode(),
    }  # fmt: skip
    assert build.reading(facts_of(row, m.SUPPLY_LEVEL), vendors.UNKNOWN)["supplies"][0]["color"] == color


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


def counted(key: str, values: dict[str, int | bytes]) -> dict[str, int]:
    """Counter → value of a device of this vendor; OIDs are below 1.3.6.1.4.1., those of the standard tree with m."""
    vendor = next(vendor for vendor in vendors.VENDORS if vendor.key == key)
    oids = {m.oid("1.3.6.1.2.1" + at[1:]) if at[0] == "m" else enterprise(at): value for at, value in values.items()}
    return {name: counter["value"] for name, counter in counters(vendor, oids).items()}


def test_kyocera_counts_by_function_and_color() -> None:
    """A TASKalfa 6052ci, whose own page tells 424405 pages, 241538 black and 182867 in colour, and 88636 scans."""
    functions, kinds = "1347.42.3.1.1.1.1", "1347.42.3.1.2.1.1"
    found = counted("kyocera", {
        "m.43.10.2.1.4.1.1": 432951, "1347.43.10.1.1.12.1.1": 424405,
        f"{functions}.1": 304339, f"{functions}.2": 116254, f"{functions}.4": 3812,
        f"{kinds}.1.1": 163915, f"{kinds}.1.2": 0, f"{kinds}.1.3": 140424, f"{kinds}.2.1": 73811, f"{kinds}.2.2": 0,
        f"{kinds}.2.3": 42443, f"{kinds}.4.1": 3812,
        "1347.42.3.1.3.1.1.2": 42138, "1347.42.3.1.3.1.1.4": 3057, "1347.42.3.1.4.1.1.1": 43441,
        "1347.42.2.2.1.1.3.1.1": 17, "1347.42.2.2.1.1.3.1.2": 4,  # on such devices they hold other things
    })  # fmt: skip
    assert found["total"] == found["mono"] + found["color"] == 424405
    assert (found["marker_1"], found["mono"], found["color"]) == (432951, 241538, 182867)
    assert (found["print"], found["copy"], found["fax"]) == (304339, 116254, 3812)
    assert (found["print_mono"], found["print_color"], found["copy_color"]) == (163915, 140424, 42443)
    assert (found["scan"], found["scan_copy"]) == (88636, 42138)


def test_kyocera_printers_tell_colors_in_two_places_that_must_add_up() -> None:
    places = ("1347.42.2.2.1.1.3.1.1", "1347.42.2.2.1.1.3.1.2")
    total = {"1347.43.10.1.1.12.1.1": 1000}
    right = counted("kyocera", {**total, places[0]: 900, places[1]: 100})
    assert (right["mono"], right["color"]) == (900, 100)
    assert set(counted("kyocera", {**total, places[0]: 900, places[1]: 7})) == {"total"}


def test_ricohs_rows_are_known_by_their_codes_wherever_they_stand() -> None:
    table = "367.3.2.1.2.19.5.1"
    rows = [(870, 33), (10, 580249), (201, 20), (200, 100), (202, 30), (203, 50), (401, 7), (402, 1), (403, 2),
            (400, 10), (301, 4), (300, 4), (872, 11), (873, 12), (874, 10), (9999, 5)]  # fmt: skip
    values: dict[str, int | bytes] = {}
    for row, (code, value) in enumerate(rows, 3):
        values |= {f"{table}.2.{row}": code, f"{table}.9.{row}": value}
    found = counted("ricoh", values)
    assert (found["total"], found["copy"], found["print"], found["fax"]) == (580249, 100, 10, 4)
    assert (found["copy_color"], found["copy_full_color"], found["print_color"]) == (80, 50, 3)
    assert (found["mono"], found["color"]) == (31, 83)
    assert (found["sent"], found["fax_sent"], found["scan"]) == (33, 11, 22)


def test_kyoceras_pages_by_paper_and_color_add_up_to_colors_of_all_functions() -> None:
    table = "1347.42.2.1.1.1"
    values: dict[str, int | bytes] = {"1347.43.10.1.1.12.1.1": 1000}
    papers = ((b"A4", 900, 700), (b"Banner1", 3, 3), (b"Banner2", 2, 0), (b"Other1", 50, 40), (b"Other2", 45, 45))
    for row, (name, total, mono) in enumerate(papers, 1):
        values |= {f"{table}.2.1.{row}": name, f"{table}.6.1.{row}": total, f"{table}.7.1.{row}": mono}
    assert counted("kyocera", values) == {
        "total": 1000, "a4": 900, "banner": 5, "other_paper": 95, "mono_a4": 700, "mono_banner": 3,
        "mono_other_paper": 85, "color_a4": 200, "color_banner": 2, "color_other_paper": 10, "mono": 788, "color": 212,
    }  # fmt: skip
    assert {"mono", "color"}.isdisjoint(counted("kyocera", {**values, "1347.43.10.1.1.12.1.1": 1001}))


def ricoh_rows(rows: list[tuple[int, int]]) -> dict[str, int | bytes]:
    table = "367.3.2.1.2.19.5.1"
    values: dict[str, int | bytes] = {}
    for row, (code, value) in enumerate(rows, 1):
        values |= {f"{table}.2.{row}": code, f"{table}.9.{row}": value}
    return values


def test_a_ricoh_row_that_stands_twice_counts_once() -> None:
    rows = [(10, 5000), (200, 3000), (202, 10), (203, 900), (10, 5000), (600, 1500), (608, 1530), (609, 3470),
            (700, 40), (701, 600), (840, 40), (841, 600)]  # fmt: skip
    found = counted("ricoh", {"m.43.10.2.1.4.1.1": 5000, **ricoh_rows(rows)})
    assert found == {"total": 5000, "copy": 3000, "copy_color": 910, "copy_full_color": 900, "full_color": 1500,
                     "color": 1530, "mono": 3470, "large": 40, "duplex": 600}  # fmt: skip


def test_ricohs_colors_of_all_functions_are_left_out_where_they_are_not_counted() -> None:
    rows = [(10, 5000), (201, 100), (202, 10), (203, 900), (401, 300), (402, 0), (403, 20), (608, 0), (609, 0)]
    found = counted("ricoh", ricoh_rows(rows))
    assert (found["mono"], found["color"]) == (400, 930)


def test_canons_meters_by_number_and_by_name() -> None:
    meters = {
        f"1602.1.11.1.3.1.4.{meter}": value for meter, value in {101: 90, 109: 60, 106: 30, 301: 70, 999: 1}.items()
    }
    found = counted("canon", {"m.43.10.2.1.4.1.1": 90, **meters})
    assert found == {"total": 90, "mono": 60, "color": 30, "print": 70}
    names = {
        1: b"Total 1",
        9: b"Total (Black/Small)",
        10: b"Total (2-Sided)",
        17: b"Copy (Total 1)",
        25: b"Print (Total 1)",
    }
    values: dict[str, int | bytes] = {}
    for row, name in names.items():
        values |= {f"1602.1.11.2.1.1.2.{row}": name, f"1602.1.11.2.1.1.3.{row}": 100 + row}
    assert counted("canon", values) == {"total": 101, "mono_small": 109, "duplex": 110, "copy": 117, "print": 125}
    values |= {"1602.1.11.2.1.1.2.24": b"Copy (Full Color + Single Color/1)", "1602.1.11.2.1.1.3.24": 7}
    found = counted("canon", values)
    assert (found["copy_color"], found["copy_mono"]) == (7, 110)


def test_canons_second_way_to_meter_large_sheets_is_not_mixed_with_the_first() -> None:
    # ten large colour and thirty large black sheets among 1000
    meters = {101: 1000, 102: 1040, 103: 40, 104: 960, 106: 120, 108: 890, 109: 920, 122: 10, 123: 100, 124: 120,
              118: 3, 701: 9, 201: 300, 222: 270, 229: 4, 230: 50, 232: 54, 301: 700, 324: 56}  # fmt: skip
    found = counted("canon", {f"1602.1.11.1.4.1.4.{meter}": value for meter, value in meters.items()})
    assert (found["total"], found["mono"], found["color"], found["large"]) == (1000, 890, 110, 40)
    assert (found["copy"], found["copy_mono"], found["copy_color"], found["copy_color_large"]) == (300, 246, 54, 4)
    assert (found["print"], found["print_mono"], found["print_color"]) == (700, 644, 56)
    assert (found["single_color"], found["fax"]) == (3, 9)


def test_xeroxs_total_that_lags_behind_is_kept_beside_the_standard_one() -> None:
    usage = "253.8.53.13.2.1.6"
    found = counted("xerox", {"m.43.10.2.1.4.1.1": 505, f"{usage}.1.20.1": 500, f"{usage}.1.20.33": 120,
                              f"{usage}.1.20.34": 380, f"{usage}.11.20.3": 40})  # fmt: skip
    assert found == {"total": 505, "total_vendor": 500, "color": 120, "mono": 380, "copy_mono": 40}


def test_hps_counters_and_brothers_by_function() -> None:
    engine = "11.2.3.9.4.2.1.4.1.2"
    found = counted("hp", {"m.43.10.2.1.4.1.1": 15232, f"{engine}.5.0": 15232, f"{engine}.6.0": 15000,
                           f"{engine}.7.0": 232, f"{engine}.22.0": 0, f"{engine}.34.0": 12})  # fmt: skip
    assert found == {"total": 15232, "mono": 15000, "color": 232, "duplex": 0, "jams": 12}
    base = "2435.2.3.9.4.2.1.5.5"
    found = counted("brother", {f"{base}.52.21.1.3.1": 900, f"{base}.52.21.1.3.2": 80, f"{base}.54.2.2.1.3.3": 44,
                                f"{base}.10.0": bytes.fromhex("000104000003d4ff")})  # fmt: skip
    assert found == {"print": 900, "copy": 80, "scan": 44, "total": 980}
