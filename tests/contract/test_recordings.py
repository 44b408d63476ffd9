"""Recorded printers as real SNMP agents (snmpsim over UDP), read through the whole collector: never worse than a peer.

The recordings are not part of the project: PRINTSWEEP_RECORDINGS names their folder.
"""

from typing import Any

import pytest

from shared.messages.readings import Reading
from tests.recordings.compare import OPEN, Explanations, compare, unused
from tests.recordings.library import FOLDER, MISSING, Recording, load
from tests.recordings.report import COMMAND, DOCUMENT, document
from tests.recordings.serve import V1, V2C, Readings, read_all

RECORDINGS = load()
EXPLANATIONS = Explanations.load()
QUIRKS = FOLDER / "quirks"
FRAGMENTS = ("brother-dcp-t735dw", "hp-m452nw-context", "hp-officejet-8600-index0", "kyocera-tk3130")
pytestmark = [
    pytest.mark.skipif(not RECORDINGS, reason=MISSING),
    pytest.mark.xdist_group("recordings"),  # all of them are read once
]


@pytest.fixture(scope="module")
def read() -> Readings:
    return read_all(FOLDER / "recorded", [one.name for one in RECORDINGS], (V2C, V1), times=2)


@pytest.fixture(scope="module")
def readings(read: Readings) -> dict[str, dict[str, Any]]:
    return {name: cold for name, (cold, _) in read[V2C].items()}


@pytest.fixture(scope="module")
def quirks() -> dict[str, dict[str, Any]]:
    names = [name for name in FRAGMENTS if (QUIRKS / f"{name}.snmprec").is_file()]
    if len(names) < len(FRAGMENTS):
        pytest.skip(f"not all of {', '.join(FRAGMENTS)} in {QUIRKS.name}/")
    return {name: cold for name, (cold,) in read_all(QUIRKS, names)[V2C].items()}


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one.name)
def test_no_field_is_worse_than_a_peers_unless_the_data_explains_it(
    recording: Recording, readings: dict[str, dict[str, Any]]
) -> None:
    rows = compare(recording, readings[recording.name], EXPLANATIONS)
    assert [row for row in rows if row.result == OPEN] == []
    assert unused(rows, recording.name, EXPLANATIONS) == []


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one.name)
def test_v1_and_a_remembered_plan_tell_the_same_as_a_first_poll(recording: Recording, read: Readings) -> None:
    def facts(reading: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in reading.items() if key not in ("pdus", "varbinds", "seconds")}

    cold, warm = read[V2C][recording.name]
    cold_v1, warm_v1 = read[V1][recording.name]
    assert facts(warm) == facts(cold)
    assert facts(cold_v1) == facts(cold)
    assert facts(warm_v1) == facts(cold_v1)
    assert warm["pdus"] < cold["pdus"]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one.name)
def test_every_reading_is_complete_and_fits_the_message(
    recording: Recording, readings: dict[str, dict[str, Any]]
) -> None:
    reading = Reading.model_validate(readings[recording.name])
    assert reading.complete
    assert reading.missing == []
    for counter in reading.counters.values():
        assert counter.oid.startswith("1.3.6.1.")
        assert counter.rule


def test_every_explanation_belongs_to_a_recording() -> None:
    assert set(EXPLANATIONS.single) <= {one.name for one in RECORDINGS}


def test_the_document_is_what_the_command_writes(readings: dict[str, dict[str, Any]]) -> None:
    assert document(RECORDINGS, readings, EXPLANATIONS) == DOCUMENT.read_text(encoding="utf-8"), COMMAND


def test_supplies_of_device_0_without_any_level_are_read(quirks: dict[str, dict[str, Any]]) -> None:
    supplies = quirks["hp-officejet-8600-index0"]["supplies"]
    assert [(one["index"], one["type"], one["color"], one["state"]) for one in supplies] == [
        ("0.1", "ink", "black", "unknown"),
        ("0.2", "ink", "yellow", "unknown"),
        ("0.3", "ink", "cyan", "unknown"),
        ("0.4", "ink", "magenta", "unknown"),
    ]


def test_utf_8_is_read_as_such_whatever_charset_is_declared(quirks: dict[str, dict[str, Any]]) -> None:
    assert "休眠" in "".join(quirks["brother-dcp-t735dw"]["console"])


def test_a_waste_box_of_unknown_size_has_a_state_and_no_number(quirks: dict[str, dict[str, Any]]) -> None:
    waste = [one for one in quirks["kyocera-tk3130"]["supplies"] if one["type"] == "wasteToner"]
    assert [(one["state"], one["level"], one["max"], one["percent"]) for one in waste] == [("some", None, None, None)]


def test_what_hp_hides_in_a_context_is_found_there(quirks: dict[str, dict[str, Any]]) -> None:
    identity = quirks["hp-m452nw-context"]["identity"]
    assert identity["model"] == "HP Color LaserJet M452nw"
    assert [one["rule"] for one in identity["serials"]] == ["SN in sysDescr"]
