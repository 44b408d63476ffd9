"""Text of strangers is made harmless; every error of ours is a sentence."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from shared import errors
from shared.text import clean


@given(st.text())
def test_clean_text_is_one_printable_line_and_capped(text: str) -> None:
    result = clean(text, 40)
    assert len(result) <= 40
    assert "\n" not in result
    assert all(unicodedata.category(c)[0] != "C" for c in result)


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_terminal_escapes_and_bidi_overrides_do_not_survive() -> None:
    assert clean("a\x1b[31mred\u202egnp.exe\x00b") == "a [31mred gnp.exe b"


def test_every_error_is_a_sentence_with_a_verdict() -> None:
    found = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.PrintsweepError)]
    assert len(found) > 10
    for cls in found:
        assert cls("Evidence.").title.endswith((".", "`.")), cls
        assert isinstance(cls.verdict, errors.Verdict), cls
        assert str(cls("Evidence.")).endswith("Evidence.")
