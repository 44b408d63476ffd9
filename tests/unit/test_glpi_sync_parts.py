"""The small parts of glpi_sync: what readings tell, evidence, targets, settings, times."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.glpi_sync.asking import again_in, bounded
from services.glpi_sync.client import GlpiPrinter
from services.glpi_sync.closed import told_serials
from services.glpi_sync.errors import GlpiNotConfigured, GlpiSettingsUnusable, RequestTooLong
from services.glpi_sync.evidence import MAX_MATCHES, error_of, verdict_of
from services.glpi_sync.settings import GlpiSyncSettings
from services.glpi_sync.store import Known
from services.glpi_sync.target import target_of
from services.glpi_sync.times import instant, iso, told_instant
from services.glpi_sync.verdicts import index_of, judge
from shared.errors import MalformedMessage, SettingsInvalid
from shared.messages.base import now
from shared.messages.glpi import GlpiChecked
from shared.words import GlpiVerdict

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
POLLS = st.lists(
    JSON
    | st.fixed_dictionaries({"printer_id": st.integers() | JSON, "state": st.just("DONE"), "serial": st.text() | JSON}),
    max_size=20,
)


@for_all(JSON, POLLS)
def test_whatever_comes_as_polls_closed_is_told_or_malformed(at: Any, polls: Any) -> None:
    when, told, nonsense = told_serials({"at": at, "polls": polls})
    assert when <= now()
    assert len(told) + nonsense <= len(polls)
    assert len({one.printer_id for one in told}) == len(told)
    assert all(1 <= one.printer_id < 2**53 and len(one.raw) <= 255 for one in told)


@pytest.mark.parametrize("body", [{}, {"polls": None}, {"polls": {}}, {"polls": "x"}, {"polls": [{}] * 501}])
def test_a_body_without_polls_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage):
        told_serials(body)


def test_only_done_polls_tell_a_serial_and_the_last_word_counts() -> None:
    polls = [
        {"printer_id": 1, "state": "DONE", "serial": "old"},
        {"printer_id": 1, "state": "DONE", "serial": " new "},
        {"printer_id": 2, "state": "FAILED", "serial": "B"},
        {"printer_id": 3, "state": "DONE", "serial": None},
        {"printer_id": 4, "state": "DONE"},
    ]
    _, told, nonsense = told_serials({"polls": polls, "at": "2026-01-01T00:00:00+00:00"})
    assert [(one.printer_id, one.serial, one.raw) for one in told] == [(1, "NEW", " new "), (3, "", ""), (4, "", "")]
    assert nonsense == 0


@pytest.mark.parametrize("text", ["", "yesterday", 5, None, "2999-01-01T00:00:00+00:00", "2026-01-01T00:00:00"])
def test_an_instant_that_is_none_or_to_come_or_of_no_zone_is_the_present_one(text: object) -> None:
    before = now()
    assert before <= told_instant(text) <= now()


def test_instants_compare_as_texts() -> None:
    whole = datetime(2026, 1, 1, tzinfo=UTC)
    assert iso(whole) < iso(whole + timedelta(microseconds=1)) < iso(whole + timedelta(seconds=1))
    assert instant(iso(whole)) == whole
    assert told_instant("2026-01-01T02:00:00+02:00") == whole


def _printer(number: int, serial: str = "A1", *, in_trash: bool = False) -> GlpiPrinter:
    return GlpiPrinter(number, number % 3, f"p\x1b[{number}", serial, in_trash, False, None)


def test_evidence_is_bounded_and_says_so() -> None:
    index = index_of([_printer(number) for number in range(1, 81)])
    told = Known(7, "a1\x00\x1b[2J")
    verdict = verdict_of(Known(7, "a1"), judge("a1", index), {0: "Root", 1: "R" * 400}, now())
    assert verdict.verdict is GlpiVerdict.FOUND_MULTIPLE
    assert len(verdict.matches) == MAX_MATCHES
    assert "80 printers" in verdict.reason
    assert f"first {MAX_MATCHES} of 80" in verdict.reason
    assert verdict.matches[0].entity == "R" * 255
    assert verdict.matches[1].entity is None
    assert "\x1b" not in str(verdict.matches[0].name)
    assert "\x1b" not in str(verdict_of(told, judge(told.raw, index), {}, now()).serial)
    GlpiChecked.model_validate_json(GlpiChecked(verdicts=[verdict]).model_dump_json())


@for_all(st.text(max_size=300), st.text(max_size=300))
def test_any_serial_and_reason_make_a_valid_verdict(raw: str, reason: str) -> None:
    for verdict in (verdict_of(Known(1, raw), judge(raw, {}), {}, now()), error_of(Known(1, raw), reason, now())):
        GlpiChecked.model_validate_json(GlpiChecked(verdicts=[verdict]).model_dump_json())


@pytest.mark.parametrize(
    ("attempt", "unit", "words"),
    [
        (1, 60.0, "5 minutes"),
        (2, 60.0, "20 minutes"),
        (3, 60.0, "80 minutes"),
        (4, 60.0, None),
        (1, 0.1, "0.5 seconds"),
    ],
)
def test_when_it_is_tried_again_is_said_in_words(attempt: int, unit: float, words: str | None) -> None:
    assert again_in(attempt, unit) == words


async def test_work_without_end_is_ended_by_name() -> None:
    with pytest.raises(RequestTooLong):
        await bounded(asyncio.Event().wait(), 0.01)

    async def fails() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        await bounded(fails(), 10)


def _settings(**values: Any) -> GlpiSyncSettings:
    return GlpiSyncSettings.load(**{f"glpi_sync_{name}": value for name, value in values.items()})


def test_without_an_address_glpi_is_not_wanted() -> None:
    target = target_of(_settings(app_token="a"))
    assert not target.is_wrong
    assert target.access is None
    with pytest.raises(GlpiNotConfigured):
        target.require()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"url": "https://glpi.test/apirest.php"}, "_APP_TOKEN and PRINTSWEEP_GLPI_SYNC_USER_TOKEN"),
        ({"url": "https://glpi.test", "app_token": "a", "user_token": " "}, "user token must be printable"),
        ({"url": "https://me:secretpw@glpi.test", "app_token": "a", "user_token": "u"}, "must hold no user"),
        ({"url": "https://glpi.test:x", "app_token": "a", "user_token": "u"}, "not an address"),
    ],
)
def test_wrong_settings_for_glpi_are_an_answer_without_secrets(values: dict[str, Any], sentence: str) -> None:
    target = target_of(_settings(**values))
    assert target.is_wrong
    with pytest.raises(GlpiSettingsUnusable, match=sentence):
        target.require()
    assert "secretpw" not in f"{target}{target.problem}"


def test_a_target_shows_host_and_port_and_no_token() -> None:
    target = target_of(_settings(url="https://glpi.test:8443/api.php/v1", app_token="tok-a", user_token="tok-u"))
    assert target.host == "glpi.test:8443"
    assert target.require().tls() is True
    assert "tok-" not in repr(target)


def test_the_certificate_check_can_be_switched_off(tmp_path: Path) -> None:
    values = {"url": "https://g.test", "app_token": "a", "user_token": "u", "verify_tls": False}
    assert target_of(_settings(**values)).require().tls() is False


def test_a_pass_may_not_outlive_the_hard_limit() -> None:
    with pytest.raises(SettingsInvalid, match="PRINTSWEEP_HARD_LIMIT_S"):
        GlpiSyncSettings.load(hard_limit_s=180)
    settings = GlpiSyncSettings.load()
    assert settings.glpi_sync_pass_limit_s < settings.soft_limit_s < settings.hard_limit_s
