"""What strangers wrote is printed as plain text."""

import io
import sys
from typing import Any

import pytest

from cli.operator import show
from cli.operator.show import Column

EVIL = "\x1b]0;title\x07[bold red]HP[/] \u202eevil\nline"


def test_device_text_in_a_table_moves_no_cursor_and_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show.table([{"name": EVIL}], (Column("name", "name"),), empty="")
    printed = capsys.readouterr().out
    assert "[bold red]HP[/] evil line" in printed
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "\x07" not in printed


def test_facts_and_sentences_are_cleaned_too(capsys: pytest.CaptureFixture[str]) -> None:
    show.facts([("model", EVIL), ("nothing", None), ("empty", "")])
    show.say(EVIL)
    printed = capsys.readouterr().out
    assert printed.count("[bold red]HP[/] evil line") == 2
    assert "nothing" not in printed
    assert "\x1b" not in printed


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show.table([], (Column("a", "a"),), empty="There is none.")
    assert capsys.readouterr().out == "There is none.\n"


def test_an_id_is_never_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(show, "WIDE", 60)
    row = {"id": "0123456789-0123456789-0123456789", "text": "word " * 40}
    show.table([row], (Column("id", "id", whole=True), Column("text", "text", limit=200)), empty="")
    assert row["id"] in out.getvalue()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "yes"),
        (None, "None"),
        (12345, "12,345"),
        (1.25, "1.2"),
        (["a", "b"], "a, b"),
        ({"total": 12000, "mono": None}, "total 12,000"),
        ("x" * 300, "x" * 59 + "…"),
    ],
)
def test_values_as_people_read_them(value: Any, shown: str) -> None:
    assert show.plain(value, 60) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(3, "3 s"), (119, "119 s"), (300, "5 min"), (7200, "2 h"), (1e6, "12 d"), (None, "")]
)
def test_durations_as_people_read_them(seconds: Any, shown: str) -> None:
    assert show.ago(seconds) == shown


def test_instants_that_are_none_are_shown_as_they_are() -> None:
    assert show.when("tomorrow\x1b") == "tomorrow"
    assert show.when(None) == ""
    assert show.when("2026-11-21T09:00:00Z").startswith("2026-11-2")
