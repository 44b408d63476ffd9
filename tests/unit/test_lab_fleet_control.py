"""Control over HTTP: what devices hold, how they are changed, what is refused."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from lab.fleet import Fleet, Settings
from lab.fleet.models import MODELS
from tests.support import eventually
from tests.support.snmp import Asker

OBJECT_ID, DESCRIPTION = "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.1.0"
LIFE = "1.3.6.1.2.1.43.10.2.1.4.1.1"


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(Settings(printers=len(MODELS), paused=True, community="other")) as running:
        yield running


@pytest.fixture
async def http(fleet: Fleet) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(fleet.control_url) as session:
        yield session


@pytest.fixture
def asker() -> Iterator[Asker]:
    with Asker() as open_socket:
        yield open_socket


async def get(http: aiohttp.ClientSession, path: str) -> Any:
    async with http.get(path) as answer:
        assert answer.status == 200
        return await answer.json()


async def post(http: aiohttp.ClientSession, path: str, body: object = None, status: int = 200) -> Any:
    async with http.post(path, json=body) as answer:
        assert answer.status == status
        return await answer.json()


async def test_it_lives_and_is_on_loopback(fleet: Fleet, http: aiohttp.ClientSession) -> None:
    assert (await get(http, "/livez"))["status"] == "ok"
    assert fleet.control_url.startswith("http://127.0.0.1:")
    state = await get(http, "/fleet")
    assert state["receive_buffer"] >= 200_000
    assert state["udp_port"] == fleet.port


async def test_what_it_tells_is_what_snmp_says(fleet: Fleet, http: aiohttp.ClientSession, asker: Asker) -> None:
    devices = (await get(http, "/devices"))["devices"]
    assert len(devices) == len(MODELS)
    for told in devices:
        version, target = (1 if told["version"] == "2c" else 0), (told["address"], told["port"])
        if told["total"] is not None:
            read = await asker.ask(target, [LIFE], version, community=told["community"])
            assert int(read.values[LIFE]) == told["total"]
        for supply in told["supplies"]:
            rows = [f"1.3.6.1.2.1.43.11.1.1.{column}.{supply['index']}" for column in (5, 8, 9)]
            read = await asker.ask(target, rows, version, community=told["community"])
            assert [int(value) for _, value in read.varbinds] == [supply["type"], supply["max"], supply["level"]]
    assert [told["total"] for told in devices].count(None) == 1


async def test_it_counts_and_forgets(fleet: Fleet, http: aiohttp.ClientSession, asker: Asker) -> None:
    target = (fleet.devices[0].ip, fleet.port)
    await asker.ask(target, [OBJECT_ID], community="other")
    await asker.ask(target, [DESCRIPTION], community="other")
    assert (await get(http, "/devices/p00001"))["asked"] == {"datagrams": 2, "pdus": 2, "polls": 1, "answered": 2}
    await post(http, "/reset-asked")
    assert set((await get(http, "/devices/p00001"))["asked"].values()) == {0}


async def test_a_change_is_seen_over_snmp_at_once(fleet: Fleet, http: aiohttp.ClientSession, asker: Asker) -> None:
    target = (fleet.devices[0].ip, fleet.port)
    serial, level, state = "1.3.6.1.2.1.43.5.1.1.17.1", "1.3.6.1.2.1.43.11.1.1.9.1.1", "1.3.6.1.2.1.25.3.5.1.2.1"
    asked = [LIFE, serial, level, state, DESCRIPTION, OBJECT_ID, "1.3.6.1.2.1.43.18.1.1.7.1.1"]
    await asker.ask(target, asked, community="other")
    change = {
        "total": 1000,
        "serial": "NEW1",
        "supplies": {"1.1": 7},
        "error_bits": 0x0400,
        "alerts": [{"severity": 3, "group": 8, "code": 8, "description": "jam"}],
        "oids": {DESCRIPTION: {"hex": "ff00"}, OBJECT_ID: None},
    }
    told = await post(http, "/devices/p00001", change)
    assert (told["total"], told["serial"], told["supplies"][0]["level"]) == (1250, "NEW1", 7)
    read = await asker.ask(target, asked, community="other")
    values = [value for _, value in read.varbinds]
    assert [int(values[0]), bytes(values[1]), int(values[2]), bytes(values[3])] == [1250, b"NEW1", 7, b"\x04"]
    assert bytes(values[4]) == b"\xff\x00"
    assert type(values[5]).__name__ == "NoSuchInstance"
    assert sorted(alert["code"] for alert in told["alerts"]) == [8, 1104]


async def test_overrides_are_removed(fleet: Fleet, http: aiohttp.ClientSession, asker: Asker) -> None:
    target = (fleet.devices[0].ip, fleet.port)
    await post(http, "/devices/p00001", {"oids": {OBJECT_ID: "1.3.6.1.4.1.9.9"}})
    assert str((await asker.ask(target, [OBJECT_ID], community="other")).values[OBJECT_ID]) == "1.3.6.1.4.1.9.9"
    await post(http, "/devices/p00001", {"oids": {}})
    read = await asker.ask(target, [OBJECT_ID], community="other")
    assert str(read.values[OBJECT_ID]) == fleet.devices[0].model.object_id


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"behaviour": "nice"},
        {"nonsense": 1},
        {"total": -1},
        {"total": 2**32},
        {"total": True},
        {"serial": 5},
        {"supplies": {"9.9": 1}},
        {"supplies": {"1.1": 10**6}},
        {"alerts": [{"severity": "x"}]},
        {"alerts": [{}] * 100},
        {"oids": {"1.3.6.1.9": 1}},
        {"oids": {DESCRIPTION: 5}},
        {"oids": {DESCRIPTION: {"hex": "zz"}}},
        {"oids": {"x.y": 5}},
        {"error_bits": 70000},
    ],
)
async def test_wrong_changes_are_refused_whole(fleet: Fleet, http: aiohttp.ClientSession, body: object) -> None:
    before = await get(http, "/devices/p00001")
    wanted = body | {"behaviour": "dead"} if isinstance(body, dict) and "behaviour" not in body else body
    assert (await post(http, "/devices/p00001", wanted, 400))["error"]
    assert await get(http, "/devices/p00001") == before


async def test_unknown_devices_and_bad_json_have_clear_answers(http: aiohttp.ClientSession) -> None:
    assert "p99999" in (await post(http, "/devices/p99999", {}, 404))["error"]
    async with http.post("/growth", data=b"{") as answer:
        assert answer.status == 400
    assert (await post(http, "/growth", {"paused": "yes"}, 400))["error"]


async def test_growth_is_paused_resumed_and_ticked(fleet: Fleet, http: aiohttp.ClientSession) -> None:
    before = sum(device.total for device in fleet.devices)
    assert (await post(http, "/growth", {"paused": False}))["paused"] is False
    assert not fleet.paused
    await post(http, "/growth", {"paused": True})
    assert (await post(http, "/tick"))["ticks"] == 1
    assert (await post(http, "/tick"))["ticks"] == 2
    assert sum(device.total for device in fleet.devices) > before


async def test_the_inventory_is_dealt_out_to_sites(fleet: Fleet, http: aiohttp.ClientSession) -> None:
    async with http.get("/inventory.csv", params={"site": "a,b"}) as answer:
        rows = list(csv.DictReader(io.StringIO(await answer.text())))
    assert list(rows[0]) == ["address", "port", "name", "site", "profile", "tags"]
    assert [row["address"] for row in rows] == [device.ip for device in fleet.devices]
    assert [row["site"] for row in rows[:4]] == ["a", "b", "a", "b"]
    assert {row["profile"] for row in rows} == {"lab", "lab-v1"}
    assert {row["port"] for row in rows} == {str(fleet.port)}


async def test_time_grows_the_devices() -> None:
    async with Fleet(Settings(printers=3, tick=0.01)) as fleet:
        await eventually(lambda: fleet.ticks >= 3)


async def test_a_taken_port_is_an_error(fleet: Fleet) -> None:
    with pytest.raises(OSError, match="in use"):
        async with Fleet(Settings(port=fleet.port)):
            pass
    control_port = int(fleet.control_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        async with Fleet(Settings(control_port=control_port)):
            pass
