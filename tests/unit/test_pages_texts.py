"""Figures, words and texts of the pages."""

import json
import re
from pathlib import Path

import pytest
from markupsafe import Markup

import services.status_api.pages.setup as pages
from services.status_api.pages.figures import (
    count,
    duration,
    ink,
    letter,
    ordered,
    plain,
    rate,
    share,
    size,
    supply_name,
    when,
)
from services.status_api.pages.letters import CAP, pretty, shown, visible
from services.status_api.pages.progress import progress
from services.status_api.pages.words import TABLES, phrase, word
from shared.words import GlpiVerdict, PollState

TEMPLATES = sorted((pages.FOLDER / "templates").rglob("*.html"))


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (True, "–"), (float("nan"), "–"), (0, "0"), (17_972, "17,972"), (2_500_000_003, "2,500,000,003")],
)
def test_counts(value: object, text: str) -> None:
    assert count(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.01, "<0.1 s"),
        (0.4, "0.4 s"),
        (9.96, "10 s"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (7380, "2 h 3 min"),
        (90_000, "1 d 1 h"),
        (59.7, "60 s"),
    ],
)
def test_durations(seconds: object, text: str) -> None:
    assert duration(seconds) == text


def test_rates_sizes_and_shares() -> None:
    assert [rate(v) for v in (None, 0, 0.01, 0.4, 12.4, 1204)] == ["–", "0", "<0.1", "0.4", "12", "1,204"]
    assert [size(v) for v in (None, 512, 1234, 123_456, 3_400_000)] == ["–", "512 B", "1.2 kB", "123 kB", "3.4 MB"]
    assert [share(*v) for v in ((1, 4), (5, 4), (-1, 4), (1, 0), (None, 4))] == [25.0, 100.0, 0.0, 0.0, 0.0]


def test_instants_are_utc_without_javascript_and_bad_ones_are_missing() -> None:
    assert when("2026-11-21T10:00:00+01:00") == Markup(
        '<time datetime="2026-11-21T09:00:00Z" data-style="relative">2026-11-21 09:00:00 UTC</time>'
    )
    assert "<time" not in when("<script>")
    assert "–" in when(None)


def test_supplies_are_told_by_letter_colour_and_name() -> None:
    toner = {"type": "toner", "color": "light cyan", "description": None}
    drum = {"type": "opc", "color": None, "description": "Drum Unit"}
    black = {"type": "toner", "color": "black", "description": ""}
    assert [(ink(s), letter(s)) for s in (toner, drum, black)] == [("c", "C"), ("o", "D"), ("k", "K")]
    assert [supply_name(s) for s in (toner, drum, {})] == ["light cyan toner", "Drum Unit", "supply"]
    assert [plain(s) for s in ("wasteToner", "coverOpen", None, "opc")] == ["waste toner", "cover open", "", "opc"]
    assert ordered([drum, toner, black]) == [black, toner, drum]


def test_a_sweep_s_segments_add_up_to_what_was_planned() -> None:
    counts = {"done": 5, "failed": 2, "dead": 1, "refused": 1, "expired": 1, "in_progress": 4}
    found = progress({"id": "s", "state": "open", "planned": 20, "seconds": 5.0, **counts})
    assert sum(n for *_, n in found["segments"]) == 20
    assert (found["ended"], found["waiting"], found["percent"], found["rate"], found["eta_s"]) == (
        10,
        6,
        50.0,
        2.0,
        5.0,
    )
    empty = progress({"id": "s", "state": "closed", "planned": 0})
    assert (empty["percent"], empty["rate"], empty["eta_s"]) == (100.0, 0.0, None)


def test_every_state_and_verdict_has_a_word_and_unknown_ones_are_shown_as_they_are() -> None:
    assert {str(s) for s in PollState} <= set(TABLES["poll"])
    assert {str(v) for v in GlpiVerdict} <= set(TABLES["verdict"])
    assert {w.tone for table in TABLES.values() for w in table.values()} <= {"ok", "info", "warn", "bad", "idle"}
    assert word("queue", "something_new") == ("Something new", "idle", "")
    assert (phrase("queue_full"), phrase("something_new"), phrase(None)) == ("the queue was full", "something new", "")


def test_a_body_is_indented_capped_and_hides_nothing() -> None:
    assert pretty('{"a":[1]}') == ('{\n  "a": [\n    1\n  ]\n}', False)
    assert pretty("not JSON") == ("not JSON", False)
    assert pretty(None) == ("", False)
    text, is_cut = pretty(json.dumps("x" * (CAP + 9)))
    assert (len(text), is_cut) == (CAP, True)
    assert pretty("[" * 100_000)[1]
    assert visible("a\u202eb\x1b[2J\nc\td") == "a⟨U+202E⟩b⟨U+001B⟩[2J\nc\td"
    assert (shown("\u200f"), shown(5), shown(Markup("\u200f"))) == ("⟨U+200F⟩", 5, Markup("\u200f"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_policy_forbids(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b|<style", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "http" not in re.sub(r'href="http://\{\{', "", text)


def test_the_address_of_static_files_changes_with_them(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = pages.digest(tmp_path)
    (tmp_path / "a.js").write_text("2")
    assert pages.digest(tmp_path) != before
