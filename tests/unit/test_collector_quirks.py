"""Printers against the standards, texts and values: each known quirk has a test that fails where it is not borne."""

import time
from typing import Any

import pytest

from services.collector import vendors
from services.collector.mib.text import unhexed
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.snmp.exchange import (
    INTEGER,
    OCTETS,
    V1,
    V2C,
    Answer,
    Question,
    Target,
)
from services.collector.snmp.udp import UdpExchange
from services.collector.vendors.brother_records import records
from tests.support.agent import V2C as MODULE
from tests.support.agent import Agent, honest
from tests.support.held import Cell, Held, cells
from tests.support.quirks import (
    BROTHER,
    HP,
    KYOCERA,
    RICOH,
    SERIAL,
    SYSTEM,
    TOTAL,
    E,
    M,
    Values,
    read_held,
    read_of,
    supply,
)

# 9 to 11: text


async def test_quirk_09_texts_with_nul_blanks_charset_octets_and_digits_for_letters() -> None:
    reading = await read_of({
        f"{M}.1.2.0": HP,
        SERIAL: b"CNB1234567\x00\x00  \r\n",
        f"{M}.1.6.0": b"  1st\x07 floor\r\nleft \x1b[31m",
        f"{E}.11.2.3.9.4.2.1.1.3.2.0": b"\xfd\xe8HP LaserJet 4250\x00",
        f"{M}.43.16.5.1.2.1.1": b"READY   \rTRAY 1  ",
        f"{M}.43.16.5.1.2.1.2": b"      ",
        f"{M}.43.5.1.1.16.1": b"",
    })  # fmt: skip
    identity = reading["identity"]
    assert (identity["serial"], identity["location"]) == ("CNB1234567", "1st floor left [31m")
    assert identity["model"] == "HP LaserJet 4250"
    assert reading["console"] == ["READY TRAY 1"]
    assert unhexed("546F74616C2031") == unhexed("0x546F74616C2031") == "Total 1"
    assert unhexed("35303135") == "35303135", "digits that spell digits are digits"
    meters: dict[str, Any] = {
        f"{E}.1602.1.11.2.1.1.2.4": "436F70792028546F74616C203129",
        f"{E}.1602.1.11.2.1.1.3.4": 77,
    }
    named = await read_of({f"{M}.1.2.0": (1, 3, 6, 1, 4, 1, 1602, 4, 7), **meters})
    assert named["counters"]["copy"]["value"] == 77


@pytest.mark.parametrize(
    ("octets", "declared", "text"),
    [
        ("黑色碳粉".encode(), 2004, "黑色碳粉"),  # UTF-8 that is said to be hp-roman8: DCP-T735DW
        ("Чёрный тонер".encode("cp1251"), 2251, "Чёрный тонер"),
        ("ブラックトナー".encode("shift_jis"), 17, "ブラックトナー"),
        ("Zásobník čtyři".encode("iso8859-2"), 5, "Zásobník čtyři"),
        ("Тонер".encode("iso8859-5"), 8, "Тонер"),
        (b"Cartouche \xc5", 2004, "Cartouche é"),
        (b"Gr\xfcn", 106, "Grün"),  # neither UTF-8 nor as declared: latin-1
        (b"Gr\xfcn", None, "Grün"),
    ],
)
async def test_quirk_10_the_declared_charset_may_lie(octets: bytes, declared: int | None, text: str) -> None:
    charset: dict[str, Any] = {} if declared is None else {f"{M}.43.5.1.1.2.1": 1, f"{M}.43.7.1.1.4.1.1": declared}
    reading = await read_of({**charset, **supply(1, 50, text=octets)})
    assert reading["supplies"][0]["description"] == text


async def test_quirk_11_octets_are_taken_from_the_pdu_as_they_are() -> None:
    """Text output of net-snmp loses such octets: blanks, line ends, dots, NUL."""
    reading = await read_of({
        f"{M}.1.2.0": BROTHER,
        f"{M}.2.2.1.3.1": 6, f"{M}.2.2.1.6.1": b"\x00\x0a\x0d\x20\x2e\x00",
        f"{M}.25.3.5.1.2.1": b"\x20\x0a",
        f"{E}.2435.2.3.9.4.2.1.5.5.10.0": bytes.fromhex("0001040a0d2000 0101040000202eff".replace(" ", "")),
    })  # fmt: skip
    assert reading["identity"]["mac"] == "00:0a:0d:20:2e:00"
    assert reading["status"]["errors"] == ["lowToner", "outputFull", "overduePreventMaint"]
    assert reading["counters"]["total"]["value"] == 0x0A0D2000
    assert reading["counters"]["mono"]["value"] == 0x202E


# 12 to 20: values


@pytest.mark.parametrize(
    ("level", "maximum", "expected"),
    [
        (-1, 100, (None, 100, None, "unlimited")),
        (-2, 100, (None, 100, None, "unknown")),
        (-3, 100, (None, 100, None, "some")),
        (-3, -2, (None, None, None, "some")),
        (50, -2, (50, None, None, "some")),
        (0, -2, (0, None, None, "unknown")),
        (7, 0, (7, 0, None, "some")),
        (120, 100, (120, 100, 100, "ok")),
        (0, 100, (0, 100, 0, "empty")),
        (3, 100, (3, 100, 3, "low")),
        (-2_000_000_000, 100, (None, 100, None, "unknown")),
    ],
)
async def test_quirk_12_special_values_are_states(level: int, maximum: int, expected: tuple[Any, ...]) -> None:
    (row,) = (await read_of(supply(1, level, maximum)))["supplies"]
    assert (row["level"], row["max"], row["percent"], row["state"]) == expected


@pytest.mark.parametrize(
    ("level", "device", "errors", "alert", "state"),
    [
        (0, 2, b"\x00", None, "unknown"),  # fill that is 0, or room that is 0? All else is well
        (0, 3, b"\x01", None, "full"),
        (0, 5, b"\x00", None, "full"),
        (100, 3, b"\x00", 1109, "full"),  # fill: all of it
        (95, 3, b"\x00", 1107, "low"),
        (100, 2, b"\x00", None, "ok"),
        (5, 2, b"\x00", None, "some"),
    ],
)
async def test_quirk_13_a_waste_box_is_full_where_the_device_says_so(
    level: int, device: int, errors: bytes, alert: int | None, state: str
) -> None:
    told: dict[str, Any] = {f"{M}.25.3.2.1.5.1": device, f"{M}.25.3.5.1.2.1": errors}
    if alert:
        told |= {f"{M}.43.18.1.1.2.1.1": 4, f"{M}.43.18.1.1.4.1.1": 11, f"{M}.43.18.1.1.7.1.1": alert}
    rows = {**supply(1, 60), **supply(2, level, kind=4, klass=4, text="Waste Toner Box")}
    assert (await read_of({**told, **rows}))["supplies"][1]["state"] == state


async def test_quirk_14_supplies_of_one_type_and_color_are_all_kept() -> None:
    rows = {**supply(1, 80, text="Black Toner Cartridge"), **supply(2, 70, text="Black Toner Cartridge"),
            **supply(30, 60, text="Black Toner 1"), **supply(31, 10, text="Black Toner 2")}  # fmt: skip
    supplies = (await read_of(rows))["supplies"]
    assert [(s["index"], s["color"], s["percent"]) for s in supplies] == [
        ("1.1", "black", 80), ("1.2", "black", 70), ("1.30", "black", 60), ("1.31", "black", 10),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "colorant", "table", "color"),
    [
        ("黑色碳粉", 1, {1: "black"}, "black"),
        ("Toner", 2, {1: "black", 2: "Cyan"}, "cyan"),
        ("黑色碳粉", None, {}, "black"),
        ("洋紅色碳粉", None, {}, "magenta"),
        ("Schwarze Druckkassette", 0, {}, "black"),
        ("Toner Amarillo", 0, {}, "yellow"),
        ("Чёрный тонер", 0, {}, "black"),
        ("Toner (Cyan)", None, {1: "black"}, "cyan"),
        ("Black/Cyan/Magenta", 0, {}, None),
        ("Toner", 0, {}, None),
        ("Toner", 7, {1: "black"}, None),
    ],
)
async def test_quirk_15_colors_without_colorants_and_in_other_languages(
    text: str, colorant: int | None, table: dict[int, str], color: str | None
) -> None:
    colorants = {f"{M}.43.12.1.1.4.1.{number}": word for number, word in table.items()}
    (row,) = (await read_of({**supply(1, 50, text=text, colorant=colorant), **colorants}))["supplies"]
    assert row["color"] == color


async def test_quirk_16_a_life_count_is_not_always_the_pages_and_a_failed_read_is_not_0() -> None:
    kyocera = await read_of({
        f"{M}.1.2.0": KYOCERA, TOTAL: 61244, f"{E}.1347.43.10.1.1.12.1.1": 60994,
        f"{E}.1347.42.3.1.1.1.1.1": 0, f"{E}.1347.42.3.1.1.1.1.2": 0, f"{E}.1347.42.3.1.1.1.1.4": 0,
    })  # fmt: skip
    counters = kyocera["counters"]
    assert (counters["total"]["value"], counters["total"]["oid"]) == (60994, f"{E}.1347.43.10.1.1.12.1.1")
    assert (counters["marker_1"]["value"], counters["marker_1"]["oid"]) == (61244, TOTAL)
    assert not {"print", "copy", "fax"} & set(counters), "a printer that does not count by function"
    feet = await read_of({TOTAL: 12, f"{M}.43.10.2.1.3.1.1": 16})
    assert feet["counters"]["total"]["unit"] == "feet"
    for nothing in (Cell(INTEGER, -2), Cell(OCTETS, b"busy"), Cell(OCTETS, b"")):
        assert (await read_of({TOTAL: nothing}))["counters"] == {}
    two = await read_of({TOTAL: 10, f"{M}.43.10.2.1.4.1.2": 7})
    assert {key: counter["value"] for key, counter in two["counters"].items()} == {"total": 10, "marker_2": 7}

    def silent(question: Question, answer: Answer) -> Answer | None:
        """Nothing is said of the Printer-MIB."""
        return None if any(oid[:7] == (1, 3, 6, 1, 2, 1, 43) for oid in question.oids) else answer

    failed = await read_held(Held({b"public": cells({**SYSTEM, TOTAL: 500})}, spoil=silent))
    assert ("total" in failed["counters"], failed["complete"]) == (False, False)
    assert "markers" in failed["missing"]


@pytest.mark.parametrize(
    ("values", "serial", "candidates"),
    [
        ({f"{M}.1.2.0": HP, SERIAL: "NPI8C4A21", f"{E}.11.2.3.9.4.2.1.1.3.3.0": b"\x01\x15CNBJ123456"},
         "CNBJ123456", 2),
        ({f"{M}.1.2.0": HP, f"{E}.11.2.3.9.4.2.1.1.3.3.0": b"\xfd\xe800CNBJ123456\x00"}, "CNBJ123456", 1),
        ({f"{M}.1.2.0": BROTHER, f"{E}.2435.2.3.9.4.2.1.5.5.1.0": "000A5J431816",
          f"{E}.11.2.3.9.4.2.1.1.3.3.0": b"\x01\x15U64969H9N199242"}, "000A5J431816", 2),
        ({f"{M}.1.2.0": KYOCERA, SERIAL: "0", f"{E}.1347.43.5.1.1.28.1": "VLW7X73031"}, "VLW7X73031", 2),
        ({SERIAL: "1234567890000"}, None, 1),
        ({SERIAL: "XXXXXXXXXX"}, None, 1),
        ({SERIAL: "N/A"}, None, 1),
        ({SERIAL: "OFFICE"}, None, 1),
        ({SERIAL: " \x00 "}, None, 0),
        ({SERIAL: "7XQ1R92-132-13"}, "7XQ1R92-132-13", 1),
        ({f"{M}.1.2.0": (1, 3, 6, 1, 4, 1, 683, 6), f"{E}.683.1.5.0": "CARD999", f"{E}.10642.1.9.0": "ZBR12345"},
         "ZBR12345", 1),
    ],
)  # fmt: skip
async def test_quirk_17_serial_numbers_that_differ_or_are_none(
    values: Values, serial: str | None, candidates: int
) -> None:
    identity = (await read_of(values))["identity"]
    assert identity["serial"] == serial
    assert len(identity["serials"]) == candidates
    assert all(found["oid"] and found["rule"] for found in identity["serials"])


@pytest.mark.parametrize(
    ("values", "model", "manufacturer"),
    [
        ({f"{M}.1.2.0": RICOH, f"{M}.25.3.2.1.3.1": "Generic 28C-1", f"{E}.367.3.2.1.1.1.1.0": "MP C2503"},
         "MP C2503", "Ricoh"),
        ({f"{M}.1.2.0": RICOH, f"{M}.1.1.0": "NRG MP C2503 1.35", f"{M}.43.5.1.1.16.1": "NRG MP C2503"},
         "NRG MP C2503", "NRG"),
        ({f"{M}.1.2.0": KYOCERA, f"{M}.25.3.2.1.3.1": "UTAX_TA P-4020DN"}, "UTAX_TA P-4020DN", "UTAX"),
        ({f"{M}.1.2.0": KYOCERA, f"{M}.25.3.2.1.3.1": "P-4020DN",
          f"{E}.1347.40.1.1.1.8.1": "ID:P-4020DN;MFG:TA Triumph-Adler;MDL:P-4020DN;"}, "P-4020DN", "TRIUMPH-ADLER"),
        ({f"{M}.1.2.0": HP, f"{M}.1.1.0": "Brother NC-6200h, Firmware Ver.H",
          f"{E}.2435.2.3.9.1.1.7.0": "MFG:Brother;MDL:MFC-7820N;"}, "MFC-7820N", "Brother"),
        ({f"{M}.1.2.0": HP, f"{M}.1.1.0": "NC", f"{M}.25.3.2.1.3.1": "Brother MFC-7820N"},
         "Brother MFC-7820N", "Brother"),
        ({f"{M}.1.2.0": (1, 3, 6, 1, 4, 1, 8072, 3), f"{M}.1.1.0": "Linux", f"{M}.25.3.2.1.3.1": "RICOH SP 330DN"},
         "RICOH SP 330DN", "Ricoh"),
        ({f"{M}.1.2.0": (1, 3, 6, 1, 4, 1, 99999), f"{E}.1347.43.5.1.1.1.1": "FS-1030D"}, "FS-1030D", "Kyocera"),
        ({f"{M}.1.2.0": HP, f"{M}.1.1.0": "HP ETHERNET MULTI-ENVIRONMENT,PID:HP LaserJet M15"},
         "HP LaserJet M15", "HP"),
        ({}, "A Printer", None),
    ],
)  # fmt: skip
async def test_quirk_18_models_come_from_the_devices_texts(
    values: Values, model: str, manufacturer: str | None
) -> None:
    identity = (await read_of(values))["identity"]
    assert (identity["model"], identity["manufacturer"]) == (model, manufacturer)


@pytest.mark.parametrize(
    ("interfaces", "mac"),
    [
        ([(24, 1, ""), (6, 1, "94:57:a5:34:df:33"), (71, 1, "60:6d:c7:43:c3:43")], "94:57:a5:34:df:33"),
        ([(6, 1, "00:00:00:00:00:00"), (71, 1, "60:6d:c7:43:c3:43")], "60:6d:c7:43:c3:43"),
        ([(6, 2, "c0:b5:d7:e7:38:4b"), (6, 1, "3c:2a:f4:bf:f5:1b")], "3c:2a:f4:bf:f5:1b"),
        ([(7, 1, "1c:7d:22:65:c8:50")], "1c:7d:22:65:c8:50"),
        ([(6, 1, "c8:a3:e8")], None),
        ([(None, None, "c8:a3:e8:04:d9:7a")], "c8:a3:e8:04:d9:7a"),
    ],
)
async def test_quirk_19_the_mac_is_of_a_real_interface(
    interfaces: list[tuple[int | None, int | None, str]], mac: str | None
) -> None:
    values: dict[str, Any] = {}
    for number, (kind, up, address) in enumerate(interfaces, 1):
        values[f"{M}.2.2.1.6.{number}"] = bytes.fromhex(address.replace(":", ""))
        if kind is not None and up is not None:
            values |= {f"{M}.2.2.1.3.{number}": kind, f"{M}.2.2.1.8.{number}": up}
    assert (await read_of(values))["identity"]["mac"] == mac


async def test_quirk_20_error_bits_levels_and_alerts_that_disagree_are_all_told() -> None:
    reading = await read_of({
        f"{M}.25.3.2.1.5.1": 3, f"{M}.25.3.5.1.2.1": b"\x20\x00", **supply(1, 55),
        f"{M}.43.18.1.1.2.1.2": 0, f"{M}.43.18.1.1.4.1.2": 0, f"{M}.43.18.1.1.7.1.2": 0,
        f"{M}.43.18.1.1.8.1.2": "65561",
        f"{M}.43.18.1.1.2.1.1": 1, f"{M}.43.18.1.1.4.1.1": 1, f"{M}.43.18.1.1.7.1.1": 99_999,
    })  # fmt: skip
    assert reading["status"]["errors"] == ["lowToner"]
    assert (reading["supplies"][0]["percent"], reading["supplies"][0]["state"]) == (55, "ok")
    assert [(a["severity"], a["group"], a["code"], a["description"]) for a in reading["alerts"]] == [
        ("other", "other", "99999", None), ("0", "0", "0", "65561"),
    ]  # fmt: skip
    for octets in (b"", b"\x00", b"\x00\x00\x00\x00"):
        assert (await read_of({f"{M}.25.3.5.1.2.1": octets}))["status"]["errors"] == []


# Brother's records


def test_records_of_every_length_and_damage() -> None:
    seven = records(bytes.fromhex("110104000001386f010400001e14ff"))
    assert (seven[0x11].number, seven[0x6F].number) == (312, 7700)
    five = records(bytes.fromhex("a101020414a201020c14ff"))
    assert (five[0xA1].share, five[0xA2].share) == (20, 60)
    odd = records(bytes.fromhex("110104000061a83101010141010103ff"))
    assert {number: record.number for number, record in odd.items()} == {0x11: 25000, 0x31: 1, 0x41: 3}
    assert records(bytes.fromhex("1101040000")) == records(b"") == records(None) == records(b"\xff") == {}
    assert set(records(bytes.fromhex("31010101ff410101"))) == {0x31}
    assert records(bytes.fromhex("a101020400ff")) == {}


async def test_brothers_records_fill_the_standard_rows_and_else_make_their_own() -> None:
    care = bytes.fromhex("6f010400001e14410104000025e4310104000000016a0104000003e8ff")
    told: dict[str, Any] = {f"{M}.1.2.0": BROTHER, f"{E}.2435.2.3.9.4.2.1.5.5.8.0": care}
    rows = {
        **supply(1, -3, -2, text="Black Toner Cartridge", kind=21),
        **supply(2, 11501, 12000, kind=9, text="Drum Unit"),
    }
    toner, drum, fuser = (await read_of({**told, **rows}))["supplies"]
    assert (toner["index"], toner["percent"], toner["state"]) == ("1.1", 77, "ok")
    assert toner["oid"] == f"{E}.2435.2.3.9.4.2.1.5.5.8.0"
    assert (drum["index"], drum["level"], drum["percent"]) == ("1.2", 11501, 96), "the standard row stands"
    assert (fuser["type"], fuser["percent"], fuser["state"]) == ("fuser", 10, "low")


@pytest.mark.parametrize("version", [V1, V2C])
async def test_an_error_in_a_vendors_module_leaves_partial_readings_and_never_fails_a_poll(
    version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a plan too: the first reading is whole, then the module begins to fail."""
    rows = {oid: MODULE.OctetString(b"BROTHER1") for oid in (vendors.of(BROTHER).serials[0].oid,)}
    rows |= {
        (1, 3, 6, 1, 2, 1, 1, 2, 0): MODULE.ObjectIdentifier(BROTHER),
        (1, 3, 6, 1, 2, 1, 1, 3, 0): MODULE.TimeTicks(300),
        (1, 3, 6, 1, 2, 1, 43, 10, 2, 1, 4, 1, 1): MODULE.Counter32(77),
    }

    def fail(*_: object) -> None:
        raise ValueError

    async with Agent(lambda asked: [honest(rows, asked)]) as agent, UdpExchange() as exchange:
        reader = Reader(exchange, Plans())
        target = Target(agent.address, agent.port, version, b"public")
        first = await reader.read(target, time.monotonic() + 10)
        assert (first["complete"], first["identity"]["serial"]) == (True, "BROTHER1")
        monkeypatch.setitem(vendors.of(BROTHER).__dict__, "refiners", (fail,))
        second = await reader.read(target, time.monotonic() + 10)
    assert second["missing"] == ["vendor"]
    assert second["counters"]["total"]["value"] == 77
