"""The world that the simulated GLPI makes of a fleet, and the verdicts that it promises."""

from collections import Counter

import pytest

from lab.glpi import Device, build, devices_of
from lab.glpi.dialect import Version
from lab.glpi.fleet import NORTH, SHARES

VERSIONS: tuple[Version, ...] = ("10", "11")


def _devices(count: int) -> list[Device]:
    return [Device(f"d{n}", f"prn-{n}", f"SER{n:05}AB", "LaserJet", "HP") for n in range(count)]


def _normal(serial: str | None) -> str:
    return (serial or "").strip().upper()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_promised_verdicts_follow_from_the_rows(version: Version) -> None:
    devices = [
        *_devices(200),
        Device("none", "no-serial", "", "m", "v"),
        Device("zeros", "zeros", "0000000000", "m", "v"),
        Device("twin", "twin", "SER00000AB", "m", "v"),
    ]
    world, expected = build(devices, version, user_token="u", admin_token="a")
    rows = [row for row in world.printers.values() if not row["is_template"]]
    for device in devices:
        promised = expected[device.id]
        same = [row for row in rows if _normal(row["serial"]) == device.serial]
        live = [row["id"] for row in same if not row["is_deleted"]]
        trashed = [row["id"] for row in same if row["is_deleted"]]
        if promised.verdict in {"NO_SERIAL", "PLACEHOLDER_SERIAL"}:
            assert device.id in {"none", "zeros"}
            continue
        assert (promised.ids, promised.trashed_ids) == (live, trashed)
        wanted = (
            "FOUND_MULTIPLE" if len(live) > 1 else "FOUND_SINGLE" if live else "IN_TRASH" if trashed else "NOT_FOUND"
        )
        assert promised.verdict == wanted


def test_a_fleet_of_some_size_has_every_awkward_case() -> None:
    _, expected = build(_devices(40), "11", user_token="u", admin_token="a")
    counts = Counter(promised.verdict for promised in expected.values())
    assert set(counts) == {"FOUND_SINGLE", "FOUND_MULTIPLE", "NOT_FOUND", "IN_TRASH"}
    assert counts["FOUND_SINGLE"] > 20


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = (build(_devices(60), "10", user_token="u", admin_token="a")[0] for _ in range(2))
    assert first.printers == second.printers
    other, _ = build(_devices(60), "10", user_token="u", admin_token="a", seed=2)
    assert other.printers != first.printers


def test_ten_stores_encoded_text_and_eleven_does_not() -> None:
    for version, name in (("10", "&#60;office&#62; &#38; more"), ("11", "<office> & more")):
        world, _ = build([], version, user_token="u", admin_token="a")
        assert name in {row["name"] for row in world.printers.values()}


def test_the_sync_user_starts_in_a_part_of_the_tree() -> None:
    world, _ = build([], "11", user_token="u", admin_token="a")
    assert world.users[0].default_entity == NORTH
    assert sum(share for _, share in SHARES) < 0.5


@pytest.mark.parametrize("document", [{}, {"devices": {}}, {"devices": [{}]}, {"devices": ["x"]}])
def test_a_wrong_fleet_document_is_refused(document: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError), match="fleet document"):
        devices_of(document)
