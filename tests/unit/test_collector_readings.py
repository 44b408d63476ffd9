"""Whatever a device answers, the reading validates and serialises; and what single answers come to."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.collector import vendors
from services.collector.mib import oids as m
from services.collector.mib.counters import COUNTERS
from services.collector.outcome import closed_of
from services.collector.read import build, parts
from services.collector.read.facts import Facts
from services.collector.read.printer import MOST_INDEX
from services.collector.snmp.exchange import (
    COUNTER32,
    COUNTER64,
    GAUGE32,
    INTEGER,
    IP_ADDRESS,
    OBJECT_ID,
    OCTETS,
    TIME_TICKS,
    Oid,
    Varbind,
)
from shared.messages.polls import PollClosed
from shared.messages.readings import Reading

arcs = st.integers(0, 2**32 - 1)
indexes = st.lists(st.one_of(st.integers(0, 3), arcs), min_size=1, max_size=MOST_INDEX).map(tuple)
cells = st.one_of(
    st.tuples(st.sampled_from([INTEGER, COUNTER32, GAUGE32, TIME_TICKS, COUNTER64]), st.integers(-(2**63), 2**64)),
    st.tuples(st.just(INTEGER), st.sampled_from([-3, -2, -1, 0, 1, 2, 3, 100])),
    st.tuples(st.sampled_from([OCTETS, IP_ADDRESS]), st.binary(max_size=700)),
    st.tuples(st.just(OCTETS), st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))),
    st.tuples(st.just(OBJECT_ID), st.lists(arcs, min_size=1, max_size=128).map(tuple)),
    st.tuples(st.just(OBJECT_ID), st.just(m.HR_DEVICE_PRINTER)),
)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Facts as a device could make them that answers with anything, under the OIDs that it was asked."""
    made = Facts(charset=draw(st.one_of(st.none(), st.integers(0, 2300))))
    vendor = draw(st.sampled_from(vendors.VENDORS))

    def tell(oid: Oid) -> Varbind:
        tag, value = draw(cells)
        made.found[oid] = Varbind(oid, tag, value)
        return made.found[oid]

    for oid in (*parts.FIRST, *vendor.oids):
        if draw(st.booleans()):
            tell(oid)
    for column in vendor.walks:
        made.rows[column] = [tell((*column, *index)) for index in draw(st.lists(indexes, max_size=3, unique=True))]
    for part in parts.WALKED:
        rows = draw(st.lists(indexes, max_size=4, unique=True))
        made.rows[part.rows] = [tell((*part.rows, *index)) for index in rows]
        for column in part.columns:
            for index in rows:
                if draw(st.booleans()):
                    tell((*column, *index))
    for column in (column for part in (*parts.BY_DEVICES, parts.INTERFACES) for column in part.columns):
        if draw(st.booleans()):
            tell((*column, 1))
    return made


@settings(deadline=None)
@given(facts(), st.sampled_from((*vendors.VENDORS, vendors.UNKNOWN)))
def test_every_reading_validates_and_serialises(made: Facts, vendor: vendors.Vendor) -> None:
    reading = build.reading(made, vendor)
    assert "vendor" not in reading["missing"], "a vendor's module must bear whatever a device answers"
    assert set(reading["counters"]) <= set(COUNTERS), "counter keys are named in one table"
    orjson.dumps(reading)
    Reading.model_validate(reading)
    result = {"poll_id": "p", "printer_id": 1, "sweep_id": None, "state": "DONE", "reading": reading}
    PollClosed.model_validate(closed_of(result))


def told(**texts: str) -> Facts:
    """Facts of a device with these texts, by the names of mib.oids; columns get the index 1."""
    made = Facts()
    for name, value in texts.items():
        column: Oid = getattr(m, name)
        oid = column if column[-1] == 0 else (*column, 1)
        made.found[oid] = Varbind(oid, OCTETS, value.encode())
    return made


@pytest.mark.parametrize(
    ("texts", "model"),
    [
        ({"HR_DEVICE_DESCR": "ECOSYS P3145dn", "GENERAL_NAME": "office"}, "ECOSYS P3145dn"),
        ({"HR_DEVICE_DESCR": "Generic 28C-8", "GENERAL_NAME": "bizhub C287"}, "bizhub C287"),
        ({"HR_DEVICE_DESCR": "Xerox C405; Net 68.72", "GENERAL_NAME": "x"}, "Xerox C405"),
        ({"HR_DEVICE_DESCR": "Lexmark MX521 7017AB01 FW1", "GENERAL_SERIAL": "7017AB01"}, "Lexmark MX521"),
        ({"HR_DEVICE_DESCR": "Dell S5830dn 7XQ1R92 LW62", "GENERAL_SERIAL": "7XQ1R92-132-13"}, "Dell S5830dn"),
        ({"GENERAL_NAME": "NPI12", "SYS_NAME": "NPI12", "SYS_DESCR": "A printer; v1"}, "A printer"),
        ({"HR_DEVICE_DESCR": "Generic 28C-8"}, "Generic 28C-8"),
        ({"HR_DEVICE_DESCR": "front-desk", "SYS_NAME": "front-desk", "GENERAL_NAME": "C405"}, "C405"),
        ({}, None),
    ],
)
def test_models(texts: dict[str, str], model: str | None) -> None:
    assert build.reading(told(**texts), vendors.UNKNOWN)["identity"]["model"] == model


@pytest.mark.parametrize("placeholder", ["0", "00000000", "XXXXXXXXXX", "N/A", "1234567890000", "printer-7", "unknown"])
def test_a_placeholder_is_kept_as_candidate_and_not_believed(placeholder: str) -> None:
    made = told(GENERAL_SERIAL=placeholder, SYS_NAME="printer-7")
    own = vendors.of((1, 3, 6, 1, 4, 1, 1347, 41)).serials[0]
    made.found[own.oid] = Varbind(own.oid, OCTETS, b"REAL1")
    identity = build.reading(made, vendors.of((1, 3, 6, 1, 4, 1, 1347, 41)))["identity"]
    assert identity["serial"] == "REAL1"
    assert [s["value"] for s in identity["serials"]] == [placeholder, "REAL1"]


def test_vendors_are_chosen_by_the_longest_root() -> None:
    def key(text: str) -> str:
        return vendors.of(m.oid(text)).key

    assert key("1.3.6.1.4.1.11.2.3.9.1") == "hp"
    assert key("1.3.6.1.4.1.2435.2.3.9.1") == "brother"
    assert key("1.3.6.1.4.1.683.6") == "zebra"
    assert key("1.3.6.1.4.1.683.7") == "unknown"
    assert vendors.of(None) is vendors.UNKNOWN


def test_colors_come_from_the_table_and_else_from_words_that_name_one() -> None:
    def color(description: str, kind: int, colorants: dict[int, str] | None = None, colorant: int = 0) -> Any:
        made = told()
        index = (1, 1)
        numbers = {m.SUPPLY_LEVEL: 5, m.SUPPLY_TYPE: kind, m.SUPPLY_COLORANT: colorant}
        for column, number in numbers.items():
            made.found[*column, *index] = Varbind((*column, *index), INTEGER, number)
        made.found[*m.SUPPLY_DESCRIPTION, *index] = Varbind((), OCTETS, description.encode())
        made.rows[m.SUPPLY_LEVEL] = [Varbind((*m.SUPPLY_LEVEL, *index), INTEGER, 5)]
        for number, word in (colorants or {}).items():
            oid = (*m.COLORANT_VALUE, 1, number)
            made.found[oid] = Varbind(oid, OCTETS, word.encode())
            made.rows.setdefault(m.COLORANT_VALUE, []).append(made.found[oid])
        return build.reading(made, vendors.UNKNOWN)["supplies"][0]["color"]

    assert color("黑色碳粉", 3, {1: "black"}, 1) == "black"
    assert color("黑色碳粉", 3) == "black"
    assert color("Чёрный тонер", 3) == "black"
    assert color("トナー", 3) is None
    assert color("Cyan Toner", 3) == "cyan"
    assert color("Cyan Toner", 3, {4: "black"}, 0) == "cyan"
    assert color("Black and Cyan", 3) is None
    assert color("Black Waste Box", 4) is None
