"""Odd devices through the whole collector, read twice: whole at first, then by what was learned."""

import asyncio
from typing import Any

import pytest

from services.collector.mib import oids as m
from tests.support.agent import V2C, Agent, Answer, Asked, Reply, honest, parse
from tests.support.hostile import code_of, rows, surroundings, text
from tests.support.odd import limited, plain, rebooting, supplies, unsorted


async def twice(answer: Answer, profile: str = "brisk", budget_s: float = 20.0) -> list[dict[str, Any]]:
    """Two results of one device, read one after the other by one collector."""
    async with surroundings(1) as here, Agent(answer) as agent:
        found = [await here.poll(agent.address, agent.port, profile, budget_s) for _ in range(2)]
        await here.settled()
        return found


async def readings(answer: Answer, profile: str = "brisk", *, complete: bool = True) -> list[dict[str, Any]]:
    results = await twice(answer, profile)
    for result in results:
        assert result["reading"] is not None, result["error"]
        assert result["reading"]["complete"] is complete, result["reading"]["missing"]
    return [result["reading"] for result in results]


@pytest.mark.parametrize("too_big", [True, False], ids=["tooBig", "silent"])
@pytest.mark.parametrize("most", [1, 2, 5, 10])
async def test_small_agents(most: int, *, too_big: bool) -> None:
    for reading in await readings(limited(most, too_big=too_big)):
        assert reading["identity"]["serial"] == "SER1"
        assert reading["counters"]["total"]["value"] == 77
        assert reading["supplies"][0]["level"] == 40


@pytest.mark.parametrize("profile", ["brisk", "brisk-v1"])
async def test_names_that_are_not_there(profile: str) -> None:
    gone = ((*m.GENERAL_SERIAL,), (*m.SUPPLY_MAX,), m.SYS_LOCATION, (*m.HR_DEVICE_DESCR,))
    for reading in await readings(plain(without=gone), profile):
        assert reading["identity"]["serial"] is None
        assert reading["identity"]["location"] is None
        assert (reading["supplies"][0]["level"], reading["supplies"][0]["max"]) == (40, None)


async def test_indexes_sorted_as_text_give_what_came_in_order() -> None:
    more = {(*m.SUPPLY_LEVEL, 1, n): V2C.Integer32(n) for n in (2, 10, 11)}
    found = await readings(unsorted(lambda oid: tuple(map(str, oid)), more), complete=False)
    for reading in found:
        assert "supplies" in reading["missing"]
        assert {s["index"]: s["level"] for s in reading["supplies"]}.get("1.1") == 40
        assert reading["counters"]["total"]["value"] == 77


@pytest.mark.parametrize(
    ("index", "device"), [((0, 2), (1,)), ((1, 2), (1,)), ((2,), (1,)), ((1, 1, 2), (1,)), ((3, 2), (3,))]
)
async def test_supplies_under_any_index(index: tuple[int, ...], device: tuple[int, ...]) -> None:
    for reading in await readings(plain(supplies(index, device))):
        found = {s["index"]: s for s in reading["supplies"]}
        cyan = found[".".join(map(str, index))]
        assert (cyan["level"], cyan["max"], cyan["percent"], cyan["state"]) == (500, 2000, 25, "ok")
        assert (cyan["description"], cyan["type"]) == ("Cyan Toner", "toner")
        assert found["1.1"]["level"] == 40


async def test_many_markers() -> None:
    more = {(*m.MARKER_LIFE_COUNT, 1, n): V2C.Counter32(100 * n) for n in range(2, 6)}
    for reading in await readings(plain(more)):
        counters = {key: counter["value"] for key, counter in reading["counters"].items()}
        assert counters["total"] == 77
        assert {value for key, value in counters.items() if key != "total"} >= {200, 300, 400, 500}


@pytest.mark.parametrize(
    ("value", "total"),
    [
        (V2C.Counter32(4_294_967_295), 4_294_967_295),
        (V2C.Counter32(2_147_483_648), 2_147_483_648),
        (V2C.Counter64(2**40), 2**40),
        (V2C.Gauge32(3_000_000_000), 3_000_000_000),
        (V2C.Integer32(4711), 4711),
        (V2C.TimeTicks(4711), 4711),
        (text("4711"), 4711),
        (V2C.Integer32(-2), None),
        (V2C.Counter64(2**64 - 1), None),
        (text("many"), None),
        (V2C.ObjectIdentifier((1, 3, 6)), None),
        (V2C.IpAddress("10.0.0.1"), None),
    ],
    ids=repr,
)
async def test_counters_of_any_type(value: Any, total: int | None) -> None:
    for reading in await readings(plain({(*m.MARKER_LIFE_COUNT, 1, 1): value})):
        found = reading["counters"].get("total")
        assert (found and found["value"]) == total


@pytest.mark.parametrize(
    ("mib_enum", "codec", "written"),
    [
        (2251, "cp1251", "Чёрный тонер"),
        (17, "shift_jis", "ブラックトナー"),
        (2024, "cp932", "黒トナー①"),
        (113, "gbk", "黑色碳粉"),
        (106, "utf-8", "Schwarzer Toner für große Mengen"),
        (3, "utf-8", "Übergroße Kartusche"),
        (4, "latin-1", "Toner noir (modèle à haute capacité)"),
        (1000, "utf-16-be", "Ćrni toner"),
    ],
)
async def test_texts_in_the_declared_charset_and_in_utf8_whatever_is_declared(
    mib_enum: int, codec: str, written: str
) -> None:
    said = {
        (*m.CHARSET, 1, 1): V2C.Integer32(mib_enum),
        (*m.SUPPLY_DESCRIPTION, 1, 1): text(written.encode(codec)),
        m.SYS_LOCATION: text(b"\x00\x1b[2J room \x07 7\r\n\xe2\x80\xae"),
    }
    for reading in await readings(plain(said)):
        assert reading["supplies"][0]["description"] == written
        assert "room 7" in (reading["identity"]["location"] or "").replace("[2J ", "")
        assert (reading["identity"]["location"] or "").isprintable()


async def test_wrong_types_everywhere_are_nulls_and_not_errors() -> None:
    wrong = {oid: V2C.IpAddress("10.0.0.1") for oid in rows() if oid != m.SYS_DESCR}
    for reading in await readings(plain(wrong)):
        assert reading["identity"]["serial"] is None
        assert reading["identity"]["sys_object_id"] is None
        assert reading["counters"] == {}
        assert all(s["level"] is None and s["state"] == "unknown" for s in reading["supplies"])


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5])
async def test_a_reboot_in_mid_poll_is_consistent_or_said(after: int) -> None:
    """Before the restart the device is SER1 with 77 pages; after it, it counts 3 and has lost its supplies' levels."""
    then = {
        (*m.MARKER_LIFE_COUNT, 1, 1): V2C.Counter32(3),
        (*m.SUPPLY_LEVEL, 1, 1): V2C.Integer32(0),
        (*m.SUPPLY_MAX, 1, 1): V2C.Integer32(50),
        (*m.GENERAL_SERIAL, 1): text("SER2"),
    }
    first, second = await twice(rebooting(after, then))
    for result in (first, second):
        reading = result["reading"]
        supply = reading["supplies"][0]
        told = (
            reading["counters"]["total"]["value"], supply["level"], supply["max"], reading["identity"]["serial"],
            reading["identity"]["uptime_s"] > 3600,
        )  # fmt: skip
        is_consistent = told in ((77, 40, 100, "SER1", True), (3, 0, 50, "SER2", False))
        assert is_consistent or reading["missing"] == ["restarted"], (told, reading["missing"])
    assert second["reading"]["complete"]
    assert second["reading"]["counters"]["total"]["value"] == 3
    assert second["reading"]["identity"]["uptime_s"] < 3600


async def test_one_that_answers_after_the_deadline_has_failed_or_is_partial() -> None:
    loop = asyncio.get_running_loop()

    class Late(Agent):
        def _read(self) -> None:
            data, source = self.socket.recvfrom(65_535)
            reply = honest(rows(), parse(data)).encode()
            loop.call_later(self.delay, lambda: self.socket.fileno() < 0 or self.socket.sendto(reply, source))

        delay = 0.6

    async with surroundings(1) as here, Late(lambda _: []) as agent:
        # Both attempts are over after 0.3 s, the poll's time after 0.5 s.
        failed = await here.poll(agent.address, agent.port, budget_s=0.5)
        assert (failed["state"], code_of(failed)) == ("FAILED", "no_answer")
        agent.delay = 0.12
        partial = await here.poll(agent.address, agent.port, budget_s=0.3)
        await here.settled()
    assert code_of(partial) in ("partial", "budget_spent", "no_answer")


async def test_v1_devices_say_what_is_missing_once() -> None:
    heard: list[Asked] = []
    gone = (*m.GENERAL_SERIAL,)
    agent = plain(without=(gone,))

    def answer(asked: Asked) -> list[Reply | bytes]:
        heard.append(asked)
        return agent(asked)

    results = await twice(answer, "brisk-v1")
    first, second = (result["reading"]["pdus"] for result in results)
    assert second < first
    assert not any(oid[: len(gone)] == gone for asked in heard[first:] for oid in asked.oids)
