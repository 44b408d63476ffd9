"""Normal forms, placeholders and verdicts."""

import pytest

from services.glpi_sync.client.rows import GlpiPrinter
from services.glpi_sync.serials import PLACEHOLDERS, normal_form, placeholder_reason
from services.glpi_sync.verdicts import index_of, judge
from shared.words import GlpiVerdict


@pytest.mark.parametrize(
    ("serial", "normal"),
    [
        (None, ""),
        ("", ""),
        (" \t\r\n\0", ""),
        ("dupser001 ", "DUPSER001"),
        (" DUPSER001\0\0", "DUPSER001"),
        ("\ufeffvnb\u200b3k", "VNB3K"),
        ("\u00a0abc\u3000", "ABC"),
        ("A B", "A B"),
        ("DU\u0308PSER", "DÜPSER"),
        ("straße", "STRASSE"),
        ("0000012345", "0000012345"),
        ("x" * 300, "X" * 255),
        ("\ud800A", "A"),
    ],
)
def test_normal_form(serial: str | None, normal: str) -> None:
    assert normal_form(serial) == normal
    assert normal_form(normal) == normal


@pytest.mark.parametrize(
    "serial",
    [
        "0", "00000", "0000000000", "0.0", "-", "?????", "1", "1111111", "XXXXXXXXXX", "xx", "NNNNNNN", "12345",
        "123456789", "0123456789", "1234567890", "1234567890000", "12345678901234567", "SN-12345", "SYS-1234567890",
        "SYS-9876543210", "SN-123456fvgv3i0b8o5n6n7k", "To Be Filled By O.E.M.", "To be filled by O.E.M. by More",
        "N/A", "na", "none", "NULL", "(null string)", "Unknow", "unknown", "INVALID", "EVAL", "IATPASS",
        "Tulip Computers", "Serial Number xxxxxx",
        "System Serial Number", "Default string", "Not Specified", "NPI1A2B3C",
    ],
)  # fmt: skip
def test_placeholders(serial: str) -> None:
    assert placeholder_reason(normal_form(serial))


@pytest.mark.parametrize(
    "serial",
    ["VNB3K11111", "0000012345", "1e5", "100000", "12346", "1234567891", "CNB9J00000", "X1", "NPI12345", "NONESUCH1",
     "7XQ1R92-132-13", "AB_123", "SER0001", "11112", "XERO123", "&lt;x&gt;", "ÄÄÄÄ1"],
)  # fmt: skip
def test_serials_that_only_look_odd(serial: str) -> None:
    assert placeholder_reason(normal_form(serial)) is None


def test_placeholder_patterns_do_not_run_away() -> None:
    for row in PLACEHOLDERS:
        for text in ("0" * 254 + "X", "X" * 254 + "0", "SERIAL " + "X" * 247 + "!", "." * 254 + "A"):
            row.pattern.fullmatch(text)


def _printer(number: int, serial: str | None, *, entity: int = 1, trash: bool = False) -> GlpiPrinter:
    return GlpiPrinter(number, entity, f"prn-{number}", serial, trash, is_dynamic=False, pages=1)


INDEX = index_of(
    [
        _printer(1, "ONE1"),
        _printer(6, "dup1 ", entity=2),
        _printer(5, "DUP1"),
        _printer(7, "DUP1", trash=True),
        _printer(8, "BIN1", trash=True),
        _printer(9, "BOTH1", trash=True),
        _printer(10, "both1"),
        _printer(11, "ÖNE1"),
        _printer(12, None),
        _printer(13, ""),
        _printer(14, "0000000000"),
        _printer(15, "0000000000"),
    ]
)


@pytest.mark.parametrize(
    ("serial", "verdict", "ids", "reason"),
    [
        ("one1\0", GlpiVerdict.FOUND_SINGLE, [1], ""),
        ("DUP1", GlpiVerdict.FOUND_MULTIPLE, [5, 6, 7], "2 printers have this serial, in 2 entities."),
        ("BIN1", GlpiVerdict.IN_TRASH, [8], "bin"),
        ("BOTH1", GlpiVerdict.FOUND_SINGLE, [10, 9], "GLPI spells the serial differently. The bin holds it as well."),
        ("NONE1", GlpiVerdict.NOT_FOUND, [], "No printer"),
        (None, GlpiVerdict.NO_SERIAL, [], "tells no serial"),
        (" ", GlpiVerdict.NO_SERIAL, [], "tells no serial"),
        ("0000000000", GlpiVerdict.PLACEHOLDER_SERIAL, [], "only zeros"),
    ],
)
def test_verdicts(serial: str | None, verdict: GlpiVerdict, ids: list[int], reason: str) -> None:
    judgement = judge(serial, INDEX)
    assert judgement.verdict is verdict
    assert [match.id for match in judgement.matches] == ids
    assert reason in judgement.reason
    assert judgement.serial == normal_form(serial)


def test_printers_without_a_serial_are_not_in_the_index() -> None:
    assert "" not in INDEX
