"""Replays requests that were recorded from real GLPI servers against the simulated one.

Compared are status, error code, JSON shape, Content-Range and, for searches and lists, the ids of the rows.
The recordings are not part of the project: PRINTSWEEP_RECORDINGS_GLPI names their folder.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from lab.glpi import GlpiLab, Tokens
from lab.glpi.dialect import DIALECTS, Version
from lab.glpi.people import Entity, Grant, User
from lab.glpi.world import World

FOLDER = Path(os.environ.get("PRINTSWEEP_RECORDINGS_GLPI") or Path(__file__).parents[3] / "shared" / "glpi")
RELEASES: dict[Version, str] = {"10": "glpi-10.0.19", "11": "glpi-11.0.6"}
APP_TOKEN = "apptok-printersync-0123456789abcdef0123456"
SYNC_TOKEN = "utok-printersync-0123456789abcdef0123456"

OUT_OF_SCOPE = {  # the beginning of a recording's name: why it is not replayed
    "hl-": "the high-level API of GLPI 11 is not simulated",
    "inv-": "the inventory endpoint is not simulated",
    "printer-add-": "no user of the simulator may create printers",
    "printer-delete-": "no user of the simulator may delete printers",
    "search-options": "the list of search options is documentation",
    "sync-active-profile": "the rights matrix of a profile is not simulated",
}

NO_SESSION = ("init-", "bad-session-token", "after-kill", "kill-unknown", "session-expired-", "lang-fr-badtoken")
EMPTY_WORLD = ("list-empty", "search-empty")
BIG_WORLD = ("search-post", "search-keyset", "search-range-exceeds", "list-range-exceeds", "update-no-history")
LATER_WORLD = ("method-notallowed", "search-page-default", "rootonly-search")
"""Recorded with more printers, or in an order that is none: their totals and ids are not compared."""

FAULTS = {
    "-api-disabled": "api_disabled",
    "-ip-not-allowed": "ip_not_allowed",
    "-maintenance": "maintenance",
    "-db-down": "database_down",
}
USERS = {  # the beginning of a recording's name: who was logged in
    "b-": "clientb",
    "printerlog-add-other-entity": "clientb",
    "rootonly-": "rootonly",
    "search-noright": "noright",
    "update-readonly": "readonly",
    "update-readonly-oldsession": "sync",
    "lockedfield-delete": "glpi",
    "lockedfield-list": "glpi",
    "lockedfield-list-sync": "sync",
    "search-page-default": "glpi",
}
LOGGED = {  # how many PrinterLog rows there were before the call
    "10-printerlog-add-dup": 1,
    "10-printerlog-searchtext": 1,
    "10-printerlog-update": 1,
    "10-printer-printerlog-sub2": 3,
    "10-search-printerlog": 3,
    "11-printerlog11-add-dup": 1,
    "11-printerlog11-sub": 2,
}


@dataclass(frozen=True)
class Recording:
    version: Version
    name: str
    request: dict[str, Any]
    response: dict[str, Any]
    cut: bool

    @property
    def total(self) -> int:
        given = self.response["headers"].get("Content-Range", "/0")
        return int(given.rpartition("/")[2])


def _recordings() -> Iterator[Recording]:
    for version, folder in RELEASES.items():
        for path in sorted((FOLDER / folder).glob("*.json")):
            if path.name != "index.json" and not path.name.startswith(tuple(OUT_OF_SCOPE)):
                document = json.loads(path.read_text())
                cut = "body_note" in document or "body_note" in document["response"]
                yield Recording(version, path.stem, document["request"], document["response"], cut)


RECORDINGS = list(_recordings())
pytestmark = pytest.mark.skipif(
    not RECORDINGS, reason=f"no GLPI recordings in {FOLDER.name}/; PRINTSWEEP_RECORDINGS_GLPI names their folder"
)


def _users(version: Version) -> list[User]:
    root = (Grant(0, recursive=True), Grant(0, recursive=True, profile=1, profile_name="Self-Service"))
    narrow = (Grant(0, recursive=False),) if version == "10" else root
    admin = frozenset({"printer.read", "printer.update", "lockedfield"})
    return [
        User("sync", SYNC_TOKEN, grants=root),
        User("glpi", "utok-superadmin-0123456789abcdef01234567", "glpi", admin, root, list_limit=20),
        User(
            "clientb", "utok-clientb-0123456789abcdef01234567890", grants=(Grant(3, recursive=False),), default_entity=3
        ),
        User("rootonly", "-", grants=narrow),
        User("noright", "-", rights=frozenset(), grants=root),
        User("readonly", "-", rights=frozenset({"printer.read"}), grants=root),
    ]


def _world(version: Version, *, awkward: bool, bulk: int) -> World:
    """The printers that both recorded servers held, with the same ids."""
    entities = [
        Entity(0, "Root entity", None),
        Entity(1, "Client A", 0),
        Entity(2, "Site 1", 1),
        Entity(3, "Client B & Sons", 0),
    ]
    world = World(DIALECTS[version], entities, _users(version))
    if not awkward:
        return world
    rows: list[tuple[str, str | None, int, dict[str, Any]]] = [
        ("hp-a-1", "VNB3K11111", 1, {"last_pages_counter": 1000, "init_pages_counter": 10}),
        ("dup-1", "DUPSER001", 1, {}),
        ("dup-2", "DUPSER001", 3, {}),
        ("dup-3-lower", "dupser001", 1, {}),
        ("dup-4-trailing-space", "DUPSER001 ", 2, {}),
        ("dup-5-leading-space", " DUPSER001", 2, {}),
        ("dup-6-trashed", "DUPSER001", 1, {"is_deleted": 1}),
        ("dup-7-template", "DUPSER001", 1, {"is_template": 1}),
        ("super-string", "XDUPSER001X", 1, {}),
        ("accent", "DÜPSER001", 1, {}),
        ("underscore", "AB_123", 1, {}),
        ("underscore2", "ABX123", 1, {}),
        ("percent", "AB%123", 1, {}),
        ("amp & <b>", 'A&B<1>"q"\'s', 1, {}),
        ("backslash", "A\\B", 1, {}),
        ("dollar", "SER$1", 1, {}),
        ("caret", "^SER1", 1, {}),
        ("no-serial-absent", None, 1, {}),
        ("empty-serial", "", 1, {}),
        ("null-serial", None, 1, {}),
        ("oem1", "To Be Filled By O.E.M.", 1, {}),
        ("oem2", "To be filled by O.E.M.", 3, {}),
        ("recursive-root", "RECROOT1", 0, {"is_recursive": 1}),
        ("nonrec-root", "NONREC1", 0, {}),
        ("trashed-only", "TRASHONLY1", 1, {"is_deleted": 1}),
        ("zeros", "0000012345", 1, {}),
        ("zeros2", "12345", 1, {}),
        ("numeric-sci", "1e5", 1, {}),
        ("numeric", "100000", 1, {}),
        ("html-like", "&lt;x&gt;", 1, {}),
    ]
    for name, serial, entity, columns in rows:
        world.add_printer(name, serial, manufacturer="HP", model="LaserJet M605", entities_id=entity, **columns)
    if version == "10":
        world.add_printer("long", "L" * 255, entities_id=1)
    else:
        world.skip_printer_ids(1)
    for number in range(1, bulk + 1):
        entity, counter = (1, 2, 3)[number % 3], 7 * number
        world.add_printer(f"PRN-{number:05}", f"BULK{number:06}", entities_id=entity, last_pages_counter=counter)
    world.lock(1, "last_pages_counter", 7000)
    world.lock(1, "name", "hp")
    return world


@pytest.fixture(scope="module")
def big_worlds() -> dict[Version, World]:
    return {version: _world(version, awkward=True, bulk=10_000) for version in RELEASES}


def _longest(table: dict[str, str], name: str, otherwise: str) -> str:
    found = [prefix for prefix in table if name.startswith(prefix)]
    return table[max(found, key=len)] if found else otherwise


def _same_shape(recorded: object, answered: object, at: str = "body") -> None:
    """AssertionError where two JSON values differ in shape; a null goes with any scalar."""
    if isinstance(recorded, dict):
        assert isinstance(answered, dict), at
        assert set(recorded) == set(answered), at
        for key, value in recorded.items():
            _same_shape(value, answered[key], f"{at}.{key}")
    elif isinstance(recorded, list):
        assert isinstance(answered, list), at
        assert bool(recorded) == bool(answered), at
        if at.endswith(".links"):
            recorded, answered = recorded[:1], answered[:1]
        for index, (left, right) in enumerate(zip(recorded, answered, strict=False)):
            _same_shape(left, right, f"{at}[{index}]")
    elif isinstance(recorded, bool):
        assert recorded is answered, at
    elif recorded is not None and answered is not None:
        assert type(recorded) is type(answered), at


def _ids(body: Any) -> list[int] | None:
    if isinstance(body, dict):
        body = [{"id": row["2"]} for row in body.get("data", []) if isinstance(row, dict) and "2" in row]
    if isinstance(body, list) and all(isinstance(row, dict) and "id" in row for row in body):
        return [row["id"] for row in body]
    return None


async def _replay(lab: GlpiLab, recording: Recording) -> tuple[int, dict[str, str], Any]:
    request = recording.request
    body = request["body"]
    if body is not None:
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    url = URL(lab.url + request["path"], encoded=True)
    headers = {"Accept-Encoding": "identity", **request["headers"]}
    skip = [] if "Content-Type" in headers else ["Content-Type"]
    async with (
        aiohttp.ClientSession(skip_auto_headers=skip) as client,
        client.request(request["method"], url, headers=headers, data=body) as answer,
    ):
        text = await answer.text()
        try:
            return answer.status, dict(answer.headers), json.loads(text)
        except ValueError:
            return answer.status, dict(answer.headers), text


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: f"{recording.version}-{recording.name}")
async def test_answers_as_recorded(recording: Recording, big_worlds: dict[Version, World]) -> None:
    name, version = recording.name, recording.version
    if recording.total > 1000 or name.startswith(BIG_WORLD):
        world = big_worlds[version]
    else:
        world = _world(version, awkward=not name.startswith(EMPTY_WORLD), bulk=0)
    for index in range(LOGGED.get(f"{version}-{name}", 0)):
        owner = {"printers_id": 1} if version == "10" else {"itemtype": "Printer", "items_id": 1}
        world.add_log(owner, {"total_pages": 1, "date": f"2026-11-{20 + index}"})
    for user in world.users:
        user.enabled = name != "init-user-disabled"
        user.grants = () if name == "init-no-profile" else user.grants
    async with GlpiLab(world, tokens=Tokens(app=APP_TOKEN, user=SYNC_TOKEN)) as lab:
        token = recording.request["headers"].get("Session-Token")
        if token and not name.startswith(NO_SESSION):
            who = _longest(USERS, name, "sync")
            lab.api.sessions.open(next(user for user in world.users if user.name == who), token)
        fault = next((fault for ending, fault in FAULTS.items() if name.endswith(ending)), None)
        if fault:
            lab.set_faults({fault: True})
        status, headers, body = await _replay(lab, recording)

    expected = recording.response
    recorded_type = expected["headers"].get("Content-Type", expected["headers"].get("Content-type", ""))
    assert status == expected["status"]
    assert headers["Content-Type"].lower() == recorded_type.lower()
    if isinstance(expected["body"], list) and expected["body"] and isinstance(expected["body"][0], str):
        assert body[0] == expected["body"][0]
        assert len(body) == len(expected["body"])
    _same_shape(expected["body"], body)
    assert ("Content-Range" in headers) == ("Content-Range" in expected["headers"])
    if name not in LATER_WORLD and not name.startswith(("lockedfield", "printer")):
        assert headers.get("Content-Range") == expected["headers"].get("Content-Range")
        if not recording.cut:
            assert _ids(body) == _ids(expected["body"])
