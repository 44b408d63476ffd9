from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cli.local.supervise.launch import record_start, wait_before_start


@given(st.integers(0, 10_000))
def test_the_wait_is_bounded_and_never_falls(quick: int) -> None:
    assert 0 <= wait_before_start(quick) <= 30
    assert wait_before_start(quick) <= wait_before_start(quick + 1)


def test_a_first_start_does_not_wait(tmp_path: Path) -> None:
    assert record_start(tmp_path / "x.json", 1000.0) == (1, 0)


def test_quick_ends_add_up_and_a_long_life_forgives_them(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    record_start(path, 1000.0)
    assert record_start(path, 1000.5) == (2, 1)
    assert record_start(path, 1002.0) == (3, 2)
    assert record_start(path, 1060.0) == (4, 0)


def test_a_clock_that_was_set_back_is_not_a_quick_end(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    record_start(path, 1000.0)
    assert record_start(path, 10.0) == (2, 0)


def test_a_broken_record_counts_from_one(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"starts": "many"')
    assert record_start(path, 1000.0) == (1, 0)
