from typing import Any

import pytest

from cli.local.demo.verify import verify_real, verify_simulated

DEVICE: dict[str, Any] = {
    "id": "p1",
    "address": "127.16.0.1",
    "port": 1161,
    "serial": "S1",
    "model": "M",
    "total": 100,
    "supplies": [{"index": 1, "level": 40}, {"index": 2, "level": -3}],
    "behaviour": "normal",
}
PRINTER: dict[str, Any] = {
    "address": "127.16.0.1",
    "port": 1161,
    "serial": "S1",
    "model": "M",
    "total": 100,
    "supplies": [{"index": 1, "level": 40}, {"index": 2, "level": None}],
    "poll_state": "DONE",
    "glpi_verdict": "FOUND_SINGLE",
}
VERDICTS = {"p1": {"verdict": "FOUND_SINGLE"}}


def test_equal_values_are_verified() -> None:
    result = verify_simulated([DEVICE], [PRINTER], VERDICTS)
    assert (result.verified, result.problems) == (1, [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"serial": "S2"}, "serial is 'S2'"),
        ({"total": 101}, "total is 101"),
        ({"total": None}, "total is None"),
        ({"model": ""}, "model is ''"),
        ({"supplies": [{"index": 1, "level": 41}, {"index": 2, "level": None}]}, "supply 1 is 41"),
        ({"supplies": [{"index": 1, "level": 40}]}, "supply 2 is 'missing'"),
        ({"supplies": [*PRINTER["supplies"], {"index": 3, "level": 1}]}, "supply 3 is 1"),
        ({"poll_state": "EXPIRED"}, "its poll is EXPIRED"),
        ({"glpi_verdict": "NOT_FOUND"}, "GLPI says NOT_FOUND"),
        ({"address": "127.16.0.2"}, "is not in the inventory"),
    ],
)
def test_each_wrong_value_is_told(change: dict[str, Any], words: str) -> None:
    result = verify_simulated([DEVICE], [PRINTER | change], VERDICTS)
    assert result.verified == 0
    assert any(words in line for line in result.problems), result.problems


def test_a_dead_printer_must_have_failed() -> None:
    dead = DEVICE | {"behaviour": "dead"}
    assert verify_simulated([dead], [PRINTER | {"poll_state": "FAILED"}], {}).problems == []
    assert verify_simulated([dead], [PRINTER], {}).problems != []


def test_of_real_printers_only_the_end_of_each_poll_is_asked() -> None:
    assert verify_real([PRINTER, PRINTER | {"poll_state": "FAILED"}]).verified == 2
    assert verify_real([PRINTER | {"poll_state": "PENDING"}]).problems


def test_a_makers_own_total_is_right_where_the_standard_one_is_kept_beside_it() -> None:
    device = DEVICE | {"counters": {"life": 100, "total": 90}}
    kept = PRINTER | {"total": 90, "counters": {"total": 90, "marker_1": 100}}
    assert verify_simulated([device], [kept], VERDICTS).problems == []
    assert verify_simulated([device], [kept | {"counters": {"total": 90, "marker_1": 99}}], VERDICTS).problems
    assert verify_simulated([device], [kept | {"counters": {"total": 90}}], VERDICTS).problems


def test_any_text_that_a_device_gives_as_its_model_is_right() -> None:
    device = DEVICE | {"models": ["M", "The M"]}
    assert verify_simulated([device], [PRINTER | {"model": "The M"}], VERDICTS).problems == []
    assert verify_simulated([device], [PRINTER | {"model": "N"}], VERDICTS).problems
