"""What the bytes of a GLPI answer mean."""

import json
import random

import pytest

from services.glpi_sync.client import errors
from services.glpi_sync.client.answers import read
from services.glpi_sync.client.rows import printer_of
from shared.errors import Verdict

LINK = "; view documentation in your browser at http://glpi/apirest.php/#ERROR"


@pytest.mark.parametrize(
    ("status", "raw", "situation"),
    [
        (200, b"", errors.GlpiEmptyAnswer),
        (200, b" \r\n", errors.GlpiEmptyAnswer),
        (200, b"<!DOCTYPE html><title>MAINTENANCE MODE - GLPI</title>", errors.GlpiMaintenance),
        (500, b"<!DOCTYPE html><title>MAINTENANCE MODE - GLPI</title>", errors.GlpiMaintenance),
        (200, b"<!DOCTYPE html><title>Mysql Error - GLPI</title>", errors.GlpiDatabaseDown),
        (500, b"<!DOCTYPE html><title>Error - GLPI</title>", errors.GlpiServerFailed),
        (502, b"Bad Gateway", errors.GlpiServerFailed),
        (429, b"{}", errors.GlpiServerFailed),
        (404, b"<html>not here</html>", errors.GlpiWrongAddress),
        (404, b'{"error":"no route"}', errors.GlpiWrongAddress),
        (200, b"<html>login</html>", errors.GlpiNotJson),
        (200, b"Fatal error in [somewhere]", errors.GlpiNotJson),
        (200, b"[1,2", errors.GlpiNotJson),
        (200, b"\xff\xfe[", errors.GlpiNotJson),
        (200, b"[" * 100_000, errors.GlpiNotJson),
        (500, b'You have an error near \'-4\'["ERROR_SQL","Unexpected SQL Error"]', errors.GlpiServerFailed),
        (401, b'["ERROR_SESSION_TOKEN_INVALID","le jeton n\'est pas valide"]', errors.GlpiSessionRejected),
        (400, b'["ERROR_WRONG_APP_TOKEN_PARAMETER","x"]', errors.GlpiAppTokenRejected),
        (400, b'["ERROR_NOT_ALLOWED_IP","x"]', errors.GlpiIpNotAllowed),
        (403, b'["ERROR_RIGHT_MISSING","x"]', errors.GlpiRightMissing),
        (404, b'["ERROR_ITEM_NOT_FOUND","x"]', errors.GlpiItemMissing),
        (400, b'["ERROR_RANGE_EXCEED_TOTAL","x"]', errors.GlpiKeepsChanging),
        (400, b'["ERROR_BAD_ARRAY",null]', errors.GlpiRequestRefused),
        (400, '["ERROR","API d\u00e9sactiv\u00e9e"]'.encode(), errors.GlpiApiDisabled),
        (400, json.dumps(["ERROR", f"Bad Request{LINK}"]).encode(), errors.GlpiRequestRefused),
        (200, b'["ERROR_RIGHT_MISSING"]', errors.GlpiRightMissing),
    ],
)
def test_what_is_no_answer(status: int, raw: bytes, situation: type[errors.GlpiError]) -> None:
    with pytest.raises(errors.GlpiError) as caught:
        read(status, raw)
    assert type(caught.value) is situation


def test_answers() -> None:
    assert read(200, b"true").body is True
    page = read(206, b"[]", "10-9/10")
    assert (page.body, page.status, page.total) == ([], 206, 10)
    assert read(200, b"[]", "items 1").total is None
    assert read(207, b'["ERROR_GLPI_PARTIAL_UPDATE",[{"1":true}]]').body[1] == [{"1": True}]
    assert read(200, b"\xef\xbb\xbf{}").body == {}


def test_text_before_the_json_is_kept_as_evidence() -> None:
    answer = read(200, b"\nWarning: key [5] in x.php\x00\x1b[0m on line 1\n" + b'{"a":[1]}')
    assert answer.body == {"a": [1]}
    assert answer.preamble.startswith("Warning: key [5]")
    assert answer.preamble.isprintable()


def test_a_word_after_text_is_an_answer_only_on_its_own_line() -> None:
    assert read(200, b"Warning: x\ntrue\n").body is True
    assert read(200, b"<b>Warning</b>: x<br />\nfalse").body is False
    with pytest.raises(errors.GlpiNotJson):
        read(200, b"Nothing of this is true")


def test_untrusted_text_in_an_error_is_short_and_printable() -> None:
    with pytest.raises(errors.GlpiRequestRefused) as caught:
        read(400, json.dumps(["ERROR_X", "a\x1b[31m\n" * 1000]).encode())
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


def test_every_situation_says_what_happened_and_has_a_verdict() -> None:
    situations = [
        value for value in vars(errors).values() if isinstance(value, type) and value.__module__ == errors.__name__
    ]
    assert len(situations) > 15
    for situation in situations:
        assert issubclass(situation, errors.GlpiError)
        assert situation.verdict in {Verdict.RETRY, Verdict.PARK}
        assert "\n" not in (situation.__doc__ or "\n").strip()
        assert str(situation("(here)")) == f"{situation.__doc__} (here)"


GOOD = (
    b'{"session_token":"abc"}',
    b'["ERROR_RIGHT_MISSING","no"]',
    b'[{"id":1,"entities_id":0,"is_template":0,"is_deleted":0,"is_dynamic":0,"serial":"S"}]',
    b"Warning: x\n[true]",
    b"<!DOCTYPE html><title>MAINTENANCE MODE</title>",
)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_bytes_end_in_an_answer_or_a_situation(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        raw = bytearray(chance.choice(GOOD))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(raw) + 1)
            raw[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        try:
            body = read(chance.choice((200, 206, 400, 401, 500)), bytes(raw), chance.choice(("", "0-0/1", "x"))).body
            for row in body if isinstance(body, list) else [body]:
                printer_of(row)
        except errors.GlpiError as situation:
            assert str(situation).isprintable()  # noqa: PT017  # both ways out are right


ROW = {"id": 1, "entities_id": 2, "is_template": 0, "is_deleted": 0, "is_dynamic": 1, "name": "a", "serial": "S"}


def test_a_row() -> None:
    printer = printer_of({**ROW, "serial": "S" * 300, "name": "a\x00b", "last_pages_counter": "7"})
    assert printer is not None
    assert (printer.id, printer.entity_id, printer.name, printer.is_dynamic, printer.pages) == (1, 2, "a b", True, None)
    assert printer.serial == "S" * 255
    assert printer_of({**ROW, "is_template": 1}) is None
    assert printer_of({**ROW, "serial": "A&#38;B&#60;1&#62;&lt;"}).serial == "A&B<1>&lt;"  # type: ignore[union-attr]
    assert printer_of({**ROW, "id": "17"}).id == 17  # type: ignore[union-attr]
    assert printer_of({**ROW, "serial": None, "name": None}).serial is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "row", [None, [], 5, {}, {**ROW, "id": None}, {**ROW, "entities_id": "Root"}, {**ROW, "id": "1" * 99}]
)
def test_a_row_that_is_none(row: object) -> None:
    with pytest.raises(errors.GlpiUnexpectedAnswer):
        printer_of(row)
