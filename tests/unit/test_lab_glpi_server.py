"""The simulated GLPI over HTTP: sessions, lists, writes, locks, faults, and the program itself."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from lab.glpi import Device, GlpiLab, Tokens, build
from lab.glpi.dialect import Version

DEVICES = [Device(f"d{n}", f"prn-{n}", f"SER{n:05}", "LaserJet", "HP") for n in range(40)]
TOKENS = Tokens(app="app", user="user", admin="admin")


@pytest.fixture(params=["10", "11"])
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[GlpiLab]:
    version: Version = request.param
    world, expected = build(DEVICES, version, user_token=TOKENS.user, admin_token=TOKENS.admin)
    async with GlpiLab(world, expected=expected, tokens=TOKENS) as server:
        yield server


class Caller:
    def __init__(self, lab: GlpiLab, http: aiohttp.ClientSession) -> None:
        self.lab, self.http = lab, http
        self.headers = {"App-Token": TOKENS.app}

    async def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Any, str]:
        async with self.http.request(method, f"{self.lab.url}/{path}", json=body, headers=self.headers) as answer:
            text = await answer.text()
            with contextlib.suppress(ValueError):
                return answer.status, json.loads(text), answer.headers.get("Content-Range", "")
            return answer.status, text, ""

    async def login(self, token: str) -> None:
        self.headers.pop("Session-Token", None)
        _, body, _ = await self("GET", f"initSession?user_token={token}")
        self.headers["Session-Token"] = body["session_token"]


@pytest.fixture
async def call(lab: GlpiLab) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        yield Caller(lab, http)


async def test_login_sees_a_part_until_the_entities_are_changed(lab: GlpiLab, call: Caller) -> None:
    await call.login(TOKENS.user)
    _, _, part = await call("GET", "Printer?range=0-0&get_hateoas=0")
    assert (await call("POST", "changeActiveEntities", {"is_recursive": True}))[:2] == (200, True)
    _, rows, whole = await call("GET", "Printer?range=0-9999&get_hateoas=0")
    live = [row for row in lab.world.printers.values() if not row["is_deleted"]]
    assert len(rows) == len(live)
    assert int(part.partition("/")[2]) < int(whole.partition("/")[2]) == len(live)
    assert any(row["is_template"] for row in rows)


async def test_eleven_answers_at_the_old_address_too(lab: GlpiLab, call: Caller) -> None:
    await call.login(TOKENS.user)
    old = f"{lab.origin}/apirest.php/getActiveEntities"
    async with call.http.get(old, headers=call.headers) as answer:
        assert answer.status == 200
    async with call.http.get(f"{lab.origin}/api.php/v1/getActiveEntities", headers=call.headers) as answer:
        assert answer.status == (404 if lab.dialect.version == "10" else 200)


@pytest.mark.parametrize(
    "query",
    [
        "range=x",
        "range=9-1",
        "criteria[0]=5",
        "criteria=5&forcedisplay[0]=x&sort=x&order=y",
        "criteria[0][field]=5&criteria[0][searchtype][]=x&criteria[0][value][]=y&forcedisplay[]=2",
        "searchText[serial]=%25%25&searchText[nowhere]=x",
        "sort[0]=1&sort[1]=2&order[0]=DESC&range=0-3",
        "[]=1&[&]&a[=&=b",
    ],
)
async def test_strange_queries_get_an_answer_of_the_api(lab: GlpiLab, call: Caller, query: str) -> None:
    await call.login(TOKENS.admin)
    for route in ("Printer", "search/Printer", "Printer/1", "getMyEntities"):
        async with call.http.get(f"{lab.url}/{route}?{query}", headers=call.headers) as answer:
            assert "X-Powered-By" in answer.headers


async def test_the_bin_is_separate(lab: GlpiLab, call: Caller) -> None:
    await call.login(TOKENS.user)
    await call("POST", "changeActiveEntities", {"is_recursive": True})
    _, rows, _ = await call("GET", "Printer?range=0-999&get_hateoas=0&is_deleted=1")
    assert {row["id"] for row in rows} == {row["id"] for row in lab.world.printers.values() if row["is_deleted"]}


async def test_writing_a_printer_of_an_agent_leaves_a_lock(lab: GlpiLab, call: Caller) -> None:
    await call.login(TOKENS.admin)
    number = next(row["id"] for row in lab.world.printers.values() if row["is_dynamic"])
    change = {"input": {"last_pages_counter": 300_000, "is_dynamic": 1}}
    assert (await call("PUT", f"Printer/{number}", change))[1] == [{str(number): True, "message": ""}]
    assert lab.world.locks == {}
    change = {"input": {"last_pages_counter": 300_001}}
    assert (await call("PUT", f"Printer/{number}", change))[0] == 200
    _, locks, _ = await call("GET", "Lockedfield?get_hateoas=0")
    assert [(lock["items_id"], lock["field"]) for lock in locks] == [(number, "last_pages_counter")]
    ignored = {"input": {"last_pages_counter": 300_002, "is_dynamic": 1}}
    assert (await call("PUT", f"Printer/{number}", ignored))[1] == [{str(number): True, "message": ""}]
    assert lab.world.printers[number]["last_pages_counter"] == 300_001
    assert (await call("DELETE", f"Lockedfield/{locks[0]['id']}"))[0] == 200
    assert lab.world.locks == {}


async def test_two_hundred_criteria_in_a_posted_search(lab: GlpiLab, call: Caller) -> None:
    await call.login(TOKENS.admin)
    criteria = [{"link": "OR", "field": 5, "searchtype": "equals", "value": device.serial} for device in DEVICES * 5]
    status, body, _ = await call(
        "POST", "search/Printer", {"criteria": criteria, "forcedisplay": [2, 5], "range": "0-999", "sort": 2}
    )
    assert status == 200
    assert body["totalcount"] == len(body["data"]) > 30


@pytest.mark.parametrize(
    ("fault", "status_10", "status_11", "text"),
    [
        ("maintenance", 200, 200, "MAINTENANCE"),
        ("database_down", 200, 500, "Error - GLPI"),
        ("empty_200", 200, 200, ""),
        ("api_disabled", 400, 400, "API disabled"),
        ("ip_not_allowed", 400, 400, "ERROR_NOT_ALLOWED_IP"),
        ("reject_sessions", 401, 401, "ERROR_SESSION_TOKEN_INVALID"),
        ("text_before_json", 206, 206, "Warning"),
    ],
)
async def test_faults(lab: GlpiLab, call: Caller, fault: str, status_10: int, status_11: int, text: str) -> None:
    await call.login(TOKENS.user)
    async with call.http.post(f"{lab.control_url}/faults", json={fault: True}) as answer:
        assert (await answer.json())[fault] is True
    status, body, _ = await call("GET", "Printer")
    assert status == (status_10 if lab.dialect.version == "10" else status_11)
    assert text in str(body)
    lab.set_faults({fault: False})
    assert (await call("GET", "Printer"))[0] in {200, 206}


async def test_expired_sessions_and_new_ones(lab: GlpiLab, call: Caller) -> None:
    await call.login(TOKENS.user)
    lab.set_faults({"expire_session": True})
    assert (await call("GET", "Printer"))[:2] == (401, ["ERROR_SESSION_TOKEN_INVALID", "session_token seems invalid"])
    await call.login(TOKENS.user)
    assert (await call("GET", "Printer?range=0-9999"))[0] == 200


async def test_printers_appear_between_pages(lab: GlpiLab, call: Caller) -> None:
    await call.login(TOKENS.admin)
    lab.set_faults({"count_moves": 1})
    totals = [(await call("GET", f"Printer?range={start}-{start + 9}"))[2].partition("/")[2] for start in (0, 10, 20)]
    assert int(totals[0]) + 1 == int(totals[1]) == int(totals[2])


async def test_a_hanging_call_is_counted_and_released(lab: GlpiLab, call: Caller) -> None:
    await call.login(TOKENS.user)
    lab.set_faults({"hang": True})
    waiting = asyncio.create_task(call("GET", "Printer"))
    await asyncio.wait_for(lab.hung.wait(), 20)
    lab.set_faults({"hang": False})
    assert (await waiting)[0] in {200, 206}
    async with call.http.get(f"{lab.control_url}/requests") as answer:
        assert (await answer.json())["routes"] == {"GET initSession": 1, "GET Printer": 1}


@pytest.mark.parametrize("wanted", [{"nonsense": True}, {"slow": "yes"}, {"maintenance": 1}, {"count_moves": -1}, [1]])
async def test_unknown_faults_are_refused(lab: GlpiLab, call: Caller, wanted: object) -> None:
    before = lab.faults.state()
    async with call.http.post(f"{lab.control_url}/faults", json=wanted) as answer:
        assert answer.status == 400
    assert lab.faults.state() == before


@pytest.mark.parametrize("version", ["10", "11"])
async def test_the_program_starts_serves_and_ends(tmp_path: Path, version: str) -> None:
    fleet, ready = tmp_path / "fleet.json", tmp_path / "ready.json"
    devices = [{"id": device.id, "name": device.name, "serial": device.serial} for device in DEVICES]
    fleet.write_text(json.dumps({"devices": devices}))
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lab.glpi", "--port", "0", "--version", version),
        *("--printers", str(fleet), "--ready-file", str(ready)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert program.stdout is not None
        line = await asyncio.wait_for(program.stdout.readline(), 30)
        assert line.startswith(f"GLPI {version} with".encode())
        document = json.loads(ready.read_text())
        assert set(document) == {"pid", "url", "control_url", "app_token", "user_token", "version"}
        assert document["pid"] == program.pid
        login = {"App-Token": document["app_token"], "Authorization": f"user_token {document['user_token']}"}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
            async with http.get(f"{document['url']}/initSession", headers=login) as answer:
                assert "session_token" in await answer.json()
            async with http.get(f"{document['control_url']}/expected") as answer:
                assert len((await answer.json())["devices"]) == len(DEVICES)
            await http.post(f"{document['control_url']}/faults", json={"hang": True})
            hanging = asyncio.create_task(http.get(f"{document['url']}/Printer"))
            await asyncio.sleep(0)
            program.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(program.wait(), 30) == 0
            with contextlib.suppress(aiohttp.ClientError):
                await hanging
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


async def test_the_program_refuses_an_unreadable_fleet(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lab.glpi", "--printers", str(tmp_path / "nowhere.json")),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await asyncio.wait_for(program.communicate(), 30)
    assert program.returncode == 2
    assert b"cannot read the fleet" in errors
