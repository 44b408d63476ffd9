"""What makers' own trees tell: Lexmark to Océ, on rows as their sources describe them."""

from typing import Any

import pytest

from services.collector import vendors
from services.collector.mib import oids as m
from services.collector.read import build
from services.collector.read.facts import Facts
from services.collector.snmp.exchange import Oid, Varbind
from services.collector.vendors import (
    dell,
    epson,
    konica,
    lexmark,
    oce,
    oki,
    panasonic,
    pantum,
    samsung,
    sharp,
    toshiba,
    zebra,
)
from services.collector.vendors.sums import added
from services.collector.vendors.table import Vendor, enterprise
from tests.support.vendors import Values, counted, facts_of, reading_of

LIFE = (*m.MARKER_LIFE_COUNT, 1, 1)


@pytest.mark.parametrize(("vendor", "tree"), [(lexmark.LEXMARK, "641"), (dell.DELL, "674.10898.100")])
def test_lexmarks_counters_are_known_by_type_and_counted_in_sides(vendor: Vendor, tree: str) -> None:
    paper = "6.4.2.1.1"
    rows: Values = {}
    # index: (type, unit, value); unit 4 is sides, 5 is sheets
    for index, (kind, unit, value) in enumerate(((2, 5, 600), (2, 4, 1000), (3, 4, 700), (32, 4, 90), (64, 4, 5)), 1):
        for column, cell in ((2, kind), (3, unit), (4, value)):
            rows[f"{paper}.{column}.1.{index}"] = cell
    rows |= {"6.4.1.1.1.2.1.1": 97, "6.4.1.1.1.4.1.1": 12, "6.4.1.1.1.2.1.2": 96, "6.4.1.1.1.4.1.2": 3}
    assert counted(vendor, tree, rows) == {"jams": 12, "total": 1000, "mono": 700, "copy": 90}


def test_lexmarks_scans_are_added_up_by_where_they_were_made() -> None:
    scan = "6.4.3.1.1"
    # bits 8 and 9: 0 and 3 feeder, 1 and 2 flatbed
    rows: Values = {f"{scan}.2.1.1": 0x001, f"{scan}.4.1.1": 10, f"{scan}.2.1.2": 0x301, f"{scan}.4.1.2": 4}
    rows |= {f"{scan}.2.1.3": 0x102, f"{scan}.4.1.3": 7, f"{scan}.4.1.4": 99}
    assert counted(lexmark.LEXMARK, "641", rows) == {"scan": 21, "scan_feeder": 14, "scan_flatbed": 7}


def test_the_life_count_stands_before_lexmarks_own_total() -> None:
    rows: Values = {"6.4.2.1.1.2.1.1": 2, "6.4.2.1.1.4.1.1": 1003}
    found = counted(lexmark.LEXMARK, "641", rows, {LIFE: 1000})
    assert found == {"total": 1000, "total_vendor": 1003}


def test_dells_service_tag_stands_beside_the_serial_number() -> None:
    standard: dict[Oid, int | str] = {
        (*m.GENERAL_SERIAL, 1): "7AB1C92-132-13",
        (*m.HR_DEVICE_DESCR, 1): "Dell S5830dn 7AB1C92 LW62.DN4.P636",
    }
    identity = reading_of(dell.DELL, "674.10898.100", {"1.1.1.0": "NH62.YS"}, standard)["identity"]
    assert (identity["serial"], identity["model"], identity["firmware"]) == (
        "7AB1C92-132-13",
        "Dell S5830dn",
        "NH62.YS",
    )
    assert [one["value"] for one in identity["serials"]] == ["7AB1C92-132-13", "7AB1C92"]


def test_konicas_counters_by_color_and_function() -> None:
    c = "5.7.2"
    rows: Values = {
        f"{c}.1.1.0": 1000, f"{c}.1.3.0": 400, f"{c}.3.1.5.1": 77, f"{c}.1.5.0": 78,
        f"{c}.2.1.5.1.1": 100, f"{c}.2.1.5.2.1": 20, f"{c}.2.1.5.3.1": 3, f"{c}.2.1.5.4.1": 2,
        f"{c}.2.1.5.1.2": 500, f"{c}.2.1.5.2.2": 375,
    }  # fmt: skip
    found = counted(konica.KONICA, "18334.1.1.1", rows, {LIFE: 1000})
    assert (found["total"], found["duplex"], found["scan"]) == (1000, 400, 77)
    assert (found["copy_mono"], found["copy_full_color"], found["copy_color"], found["copy"]) == (100, 20, 25, 125)
    assert (found["print"], found["print_color"], found["print_mono"]) == (875, 375, 500)


@pytest.mark.parametrize(
    ("model", "manufacturer"),
    [("KONICA MINOLTA bizhub C3110", "Konica Minolta"), ("Develop ineo+ 280", "Develop"), ("Sindoh N610", "Sindoh")],
)
def test_rebadged_konicas_are_known_by_their_own_model(model: str, manufacturer: str) -> None:
    standard: dict[Oid, int | str] = {
        m.SYS_DESCR: "KONICA MINOLTA bizhub C3110",
        (*m.HR_DEVICE_DESCR, 1): "Generic 28C-1",
    }
    identity = reading_of(konica.KONICA, "18334.1.1.1", {"1.6.2.1.0": model}, standard)["identity"]
    assert (identity["model"], identity["manufacturer"]) == (model, manufacturer)


def _sharp(name: str, row: str = "5.4.63") -> Values:
    return {f"3.{row}": 30, f"4.{row}": name}


@pytest.mark.parametrize(
    ("row", "name", "key"),
    [
        ("5.4.63", "Full Color Total Count", "full_color"),
        ("9.9.99", "  full color\u00a0total  COUNT ", "full_color"),
        ("5.4.63", "Gesamtzähler Vollfarbe", "full_color"),
        ("5.4.63", "", "full_color"),
        ("9.9.99", "Something new", None),
    ],
)
def test_sharps_counters_are_known_by_name_and_else_by_code(row: str, name: str, key: str | None) -> None:
    found = counted(sharp.SHARP, "2385.1.1.19.2.1", _sharp(name, row))
    assert found == ({} if key is None else {key: 30, "color": 30})


def test_sharps_colors_and_scans_are_added_up() -> None:
    rows = _sharp("Full Color Total Count") | _sharp("Two Color Total Count", "5.4.64")
    rows |= _sharp("Scan to E-mail/FTP", "7.4.50") | _sharp("Scan to HDD", "8.4.50")
    reading = reading_of(sharp.SHARP, "2385.1.1.19.2.1", rows)
    color, scan = reading["counters"]["color"], reading["counters"]["scan"]
    assert (color["value"], color["rule"], scan["value"]) == (60, "full_color + two_color", 60)
    assert color["oid"] == "1.3.6.1.4.1.2385.1.1.19.2.1.3.5.4.63"


def test_a_part_is_never_taken_for_the_whole() -> None:
    reading: dict[str, Any] = {"counters": {"print_mono": {"value": 3, "oid": "1.3", "rule": "x", "unit": "sheets"}}}
    added("print", ("print_mono", "print_color"))(Facts(), reading)
    assert set(reading["counters"]) == {"print_mono"}


def test_epsons_counters_by_color_and_function() -> None:
    rows: Values = {
        "27.1.1.30.1.1": 100, "27.1.1.3.1.1": 60, "27.1.1.4.1.1": 40, "27.6.1.4.1.1.1": 70, "27.6.1.4.1.1.2": 30,
        "27.6.1.5.1.1.1": 35, "27.6.1.5.1.1.2": 5, "1.1.1.5.1": "X3BC012345", "1.1.1.2.1": "AM-C550 Series",
    }  # fmt: skip
    reading = reading_of(epson.EPSON, "1248.1.2.2", rows)
    assert {key: one["value"] for key, one in reading["counters"].items()} == {
        "total": 100, "mono": 60, "color": 40, "print": 70, "copy": 30, "print_color": 35, "copy_color": 5,
        "print_mono": 35, "copy_mono": 25,
    }  # fmt: skip
    assert (reading["identity"]["serial"], reading["identity"]["model"]) == ("X3BC012345", "AM-C550 Series")


def test_epsons_pages_by_paper_are_known_by_the_papers_names() -> None:
    rows: Values = {}
    for row, (name, total, color) in enumerate((("A4", 90, 60), ("A3", 8, 0), ("Other", 2, 1), ("Unheard", 5, 5)), 1):
        rows |= {f"6.1.1.2.1.{row}": name, f"6.1.1.4.1.{row}": total, f"6.1.1.5.1.{row}": color}
    assert counted(epson.EPSON, "1248.1.2.2", rows) == {
        "a4": 90, "a3": 8, "other_paper": 2, "color_a4": 60, "color_a3": 0, "color_other_paper": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "serial", "firmware"),
    [
        ({"2.1.1.2.1.1": "FW1", "2.1.1.2.1.2": "X1Z2345678"}, "X1Z2345678", "FW1"),
        ({"2.1.1.2.1.1": "FW1", "2.1.1.2.1.3": "FW3"}, None, "FW3"),
        ({"2.1.1.2.1.3": "FW3", "2.1.1.2.1.4": "FW4"}, None, "FW4"),
        ({"1.1.1.5.1": "EPSON1A2B3C", "2.1.1.2.1.2": "X1Z2345678"}, "X1Z2345678", None),
    ],
)
def test_epsons_table_of_versions(rows: Values, serial: str | None, firmware: str | None) -> None:
    identity = reading_of(epson.EPSON, "1248.1.2.2", rows)["identity"]
    assert (identity["serial"], identity["firmware"]) == (serial, firmware)


@pytest.mark.parametrize("name", ["Maintenance Box T0000", b"Maintenance Box T0000".hex()])
def test_epsons_maintenance_box_beside_the_standard_table(name: str) -> None:
    rows: Values = {"28.1.1.2.1.1": 40, "28.1.1.5.1.1": "Black Ink", "28.1.1.2.1.5": 8, "28.1.1.5.1.5": name}
    standard: dict[Oid, int | str] = {
        (*m.SUPPLY_LEVEL, 1, 1): 40, (*m.SUPPLY_MAX, 1, 1): 100, (*m.SUPPLY_TYPE, 1, 1): 5,
    }  # fmt: skip
    ink, box = reading_of(epson.EPSON, "1248.1.2.2", rows, standard)["supplies"]
    assert (ink["index"], box["index"], box["type"], box["description"]) == (
        "1.1", "box.5", "wasteInk", "Maintenance Box T0000",
    )  # fmt: skip
    assert (box["percent"], box["state"], box["oid"]) == (8, "low", "1.3.6.1.4.1.1248.1.2.2.28.1.1.2.1.5")
    standard |= {(*m.SUPPLY_LEVEL, 1, 5): 8, (*m.SUPPLY_MAX, 1, 5): 100, (*m.SUPPLY_TYPE, 1, 5): 8}
    assert len(reading_of(epson.EPSON, "1248.1.2.2", rows, standard)["supplies"]) == 2


def test_okis_model_and_revision_are_in_its_cards_description() -> None:
    described = "OKI OkiLAN 9450g Rev.00.69 10/100BASE PrintServer: Attached to C831 DM Rev.01.02 : Copyright (c) 2015"
    identity = reading_of(oki.OKI, "2001.1.1.1.1", {"11.1.10.45.0": "AK36078766"}, {m.SYS_DESCR: described})["identity"]
    assert (identity["model"], identity["firmware"], identity["serial"]) == ("C831 DM", "01.02", "AK36078766")


def test_samsungs_categories_are_added_up() -> None:
    table = "53.11.2.1"
    rows: Values = {}
    for index, (category, value) in enumerate(
        ((1, 81), (1, 10), (1, 68042), (2, 4143), (6, 50), (5, 2331), (11, 4)), 1
    ):
        rows |= {f"{table}.2.{index}": category, f"{table}.7.{index}": value}
    found = counted(samsung.SAMSUNG, "236.11.5.11", rows)
    assert found == {"print": 68133, "copy": 4143, "report": 50, "scan": 2335}


@pytest.mark.parametrize(
    ("described", "manufacturer", "serial"),
    [
        ("Samsung CLX-3170 Series;V1.00.01.64 Sep-27-2010;Engine 1.77;NIC V4.01;S/N JFJI748HJ", "Samsung", "JFJI748HJ"),
        ("HP Laser MFP 432fdn;V1.30;OS 1.2;Engine 1.0;NIC V4;S/N CNB1234567", "HP", "CNB1234567"),
    ],
)
def test_samsungs_make_is_known_by_its_description(described: str, manufacturer: str, serial: str) -> None:
    assert vendors.of(enterprise("11.2.3.9.1"), described) is samsung.SAMSUNG
    identity = reading_of(samsung.SAMSUNG, "", {}, {m.SYS_DESCR: described})["identity"]
    assert (identity["manufacturer"], identity["serial"]) == (manufacturer, serial)
    assert identity["firmware"].startswith("V1.")


def test_toshibas_counters_and_a_label_printers_identity() -> None:
    tree = "1129.2.3.50.1"
    rows: Values = {f"{tree}.3.21.6.1.2.1.1": 30, f"{tree}.3.21.6.1.2.1.2": 5, f"{tree}.3.21.6.1.2.1.3": 65}
    rows |= {f"{tree}.3.21.6.1.2.1.4": 100, f"{tree}.2.3.1.3.1.1": "e-STUDIO3515AC", f"{tree}.2.4.1.62.1.1": "TC01"}
    reading = reading_of(toshiba.TOSHIBA, "", rows)
    assert {key: one["value"] for key, one in reading["counters"].items()} == {
        "total": 100, "full_color": 30, "two_color": 5, "mono": 65, "color": 35,
    }  # fmt: skip
    assert (reading["identity"]["model"], reading["identity"]["firmware"]) == ("e-STUDIO3515AC", "TC01")
    label = reading_of(toshiba.TOSHIBA, "1129.1.2.1.1.1", {"1.1.0": "2306A00001", "2.1.0": "B-EX4T1"})["identity"]
    assert (label["serial"], label["model"]) == ("2306A00001", "B-EX4T1")


def test_pantums_supplies_without_second_index() -> None:
    row = (1,)
    standard: dict[Oid, int | str] = {
        (*m.SUPPLY_LEVEL, *row): -3 & 0xFF, (*m.SUPPLY_TYPE, *row): 3, (*m.SUPPLY_DESCRIPTION, *row): "TL-410",
    }  # fmt: skip
    facts = facts_of(
        pantum.PANTUM, "40093", {"6.3.1": 64, "10.3.1.1": 1200, "1.1.3.12": 1100, "1.1.3.9": 100}, standard
    )
    level = Varbind((*m.SUPPLY_LEVEL, *row), 2, -3)
    facts.found[level.oid], facts.rows[m.SUPPLY_LEVEL] = level, [level]
    reading = build.reading(facts, pantum.PANTUM)
    assert [(one["index"], one["type"], one["percent"], one["state"]) for one in reading["supplies"]] == [
        ("1", "toner", 64, "ok")
    ]
    assert reading["supplies"][0]["oid"] == "1.3.6.1.4.1.40093.6.3.1"
    assert reading["counters"]["total"]["value"] == 1200


@pytest.mark.parametrize(
    ("odometer", "value", "unit"),
    [
        ("89667 INCHES, 227775 CENTIMETERS", 89667, "inches"),
        ("227775 CENTIMETERS", 227775, "centimeters"),
        ("89667", 89667, "inches"),
        (89667, 89667, "inches"),
    ],
)
def test_zebras_odometers_are_texts_with_units(odometer: int | str, value: int, unit: str) -> None:
    reading = reading_of(zebra.ZEBRA, "10642", {"200.17.3.0": odometer, "200.17.2.0": "12345 LABELS"})
    length, labels = reading["counters"]["length"], reading["counters"]["labels"]
    assert (length["value"], length["unit"], labels["value"]) == (value, unit, 12345)


def test_a_zebranet_cards_serial_number_is_not_the_printers() -> None:
    assert enterprise("683.1.5.0") not in zebra.ZEBRA.oids
    assert vendors.of(enterprise("683.6.1.2")) is zebra.ZEBRA


def test_panasonic_and_oce() -> None:
    found = counted(panasonic.PANASONIC, "258.402.1.4.2.1.7", {"1.0": 500, "5.0": 40, "8": 3})
    assert found == {"print": 500, "copy": 40, "fax_sent": 3}
    reading = reading_of(oce.OCE, "1552.21.3.1.1.5", {"7.0": 900, "8.0": 1200})
    assert [(key, one["value"], one["unit"]) for key, one in reading["counters"].items()] == [
        ("area", 900, "square meters"), ("length", 1200, "meters"),
    ]  # fmt: skip
