"""Octets and numbers from strangers: text, special values, bits."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collector.mib.oids import SYS_DESCR
from services.collector.mib.text import CHARSETS, decoded, decoded_hp
from services.collector.mib.values import (
    error_names,
    mac_text,
    percent,
    plain,
    sub_unit_status,
    supply_state,
    tray_state,
)
from services.collector.vendors.table import device_id, within


@given(st.binary(max_size=600), st.one_of(st.none(), st.integers(-5, 3000), st.sampled_from(sorted(CHARSETS))))
def test_text_is_safe_whatever_comes(octets: bytes, charset: int | None) -> None:
    for decode in (decoded, decoded_hp):
        found = decode(octets, charset)
        if found is not None:
            assert 0 < len(found) <= 255
            assert found.isprintable(), "control, format, surrogate and unassigned characters stay out"
            assert found == found.strip()
            orjson.dumps(found)


@given(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=60))
def test_utf8_arrives_whatever_charset_is_declared(text: str) -> None:
    assert decoded(text.encode(), 2004) == text


@pytest.mark.parametrize(
    ("octets", "charset", "expected"),
    [
        (b"Ready           ", 3, "Ready"),
        (b"line\r\none\x00", None, "line one"),
        ("Чёрный".encode("cp1251"), 2251, "Чёрный"),
        ("Чёрный".encode(), 2004, "Чёрный"),
        ("トナー".encode("shift_jis"), 17, "トナー"),
        ("トナー".encode("cp932"), 2024, "トナー"),
        ("čárka".encode("iso8859-2"), 5, "čárka"),
        ("Тонер".encode("iso8859-5"), 8, "Тонер"),
        ("Für".encode("hp-roman8"), 2004, "Für"),
        ("Für".encode("latin-1"), 106, "Für"),
        ("Für".encode("latin-1"), None, "Für"),
        ("Tray".encode("utf-16-be"), 1015, "Tray"),
        ("Tray".encode("utf-16-be"), 1000, "Tray"),
        (b"\x81\x8d", 2252, None),
        (b"", 106, None),
        (b"\x00\x00", 106, None),
        ("a\u202eb".encode(), 106, "a b"),
    ],
)
def test_charsets(octets: bytes, charset: int | None, expected: str | None) -> None:
    assert decoded(octets, charset) == expected


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"\x01\x15HP LaserJet\x00", "HP LaserJet"),
        (b"\x01\x15" + "Café".encode("hp-roman8"), "Café"),
        (b"\xfd\xe8" + "Café".encode(), "Café"),
        (b"plain", "plain"),
        (b"\x01\x15", None),
    ],
)
def test_hp_texts_begin_with_their_charset(octets: bytes, expected: str | None) -> None:
    assert decoded_hp(octets) == expected


@given(st.one_of(st.none(), st.integers(-(2**65), 2**65)), st.one_of(st.none(), st.integers(-(2**65), 2**65)))
def test_special_values_never_become_numbers(level: int | None, maximum: int | None) -> None:
    share = percent(level, maximum)
    assert share is None or (
        0 <= share <= 100 and maximum is not None and maximum > 0 and level is not None and level >= 0
    )
    for number in (level, maximum):
        assert plain(number) is None or 0 <= plain(number) < 2**63  # type: ignore[operator]
    for supply_class in (None, 3, 4):
        state = supply_state(level, maximum, supply_class)
        assert state in {"ok", "low", "empty", "some", "unknown", "unlimited", "full"}
        assert (state == "full") <= (supply_class == 4)


@pytest.mark.parametrize(
    ("level", "maximum", "supply_class", "state", "share"),
    [
        (50, 100, 3, "ok", 50),
        (10, 100, 3, "low", 10),
        (1, 12_500, 3, "low", 0),
        (0, 100, 3, "empty", 0),
        (0, 100, 4, "full", 0),
        (120, 100, 3, "ok", 100),
        (-3, -2, 4, "some", None),
        (-2, -2, 3, "unknown", None),
        (-1, -1, 3, "unlimited", None),
        (-7, 100, 3, "unknown", None),
        (-100, 100, 3, "low", None),
        (-100, 100, 4, "unknown", None),
        (0, -2, 3, "unknown", None),
        (80, -2, 3, "some", None),
        (5, 0, 3, "some", None),
        (None, None, None, "unknown", None),
    ],
)
def test_supply_states(
    level: int | None, maximum: int | None, supply_class: int | None, state: str, share: int | None
) -> None:
    assert supply_state(level, maximum, supply_class) == state
    assert percent(level, maximum) == share


def test_an_empty_tray_is_empty_even_without_a_capacity() -> None:
    assert tray_state(0, -2) == "empty"
    assert tray_state(-3, 250) == "some"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"", []),
        (b"\x00", []),
        (b"\x20", ["lowToner"]),
        (b"\x40\x04", ["noPaper", "inputTrayEmpty"]),
        (b"\x01\x02\xff\xff", ["serviceRequested", "overduePreventMaint"]),
    ],
)
def test_error_bits_of_any_length(octets: bytes, expected: list[str]) -> None:
    assert error_names(octets) == expected


def test_sub_unit_status_is_a_sum() -> None:
    assert sub_unit_status(0) == "idle"
    assert sub_unit_status(8) == "idle, warning"
    assert sub_unit_status(17) == "unavailable, critical"
    assert sub_unit_status(-2) is None
    assert sub_unit_status(None) is None


def test_macs() -> None:
    assert mac_text(bytes.fromhex("02005e000001")) == "02:00:5e:00:00:01"
    assert mac_text(b"") is None
    assert mac_text(bytes(6)) is None


def test_serials_within_texts() -> None:
    id_place = device_id("1.1", "SN|SERN", "id")
    assert id_place.extract(b"MFG:HP;MDL:X;SN:CN123;FW:1;", None) == "CN123"
    assert id_place.extract(b"MFG:HP;MDL:SN:4;", None) is None
    assert within(SYS_DESCR, r"\bS/N\s+(\S+)", "x").extract(b"Samsung; V1; S/N ZDF1", None) == "ZDF1"
