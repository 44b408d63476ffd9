"""Printers against the standards, the protocol: each known quirk has a test that fails where it is not borne."""

import time
from typing import Any

import pytest

from services.collector.read.printer import read
from services.collector.read.traits import Memory
from services.collector.snmp.exchange import (
    COUNTER64,
    GAUGE32,
    GET,
    GET_BULK,
    INTEGER,
    OCTETS,
    V1,
    V2C,
    Answer,
    Question,
    Target,
    Varbind,
)
from services.collector.snmp.udp import UdpExchange
from tests.support.agent import V2C as MODULE
from tests.support.agent import Agent, Asked, Reply, honest
from tests.support.held import Cell, Held, cells
from tests.support.quirks import (
    HP,
    KYOCERA,
    SYSTEM,
    TOTAL,
    E,
    M,
    read_held,
    read_of,
    supply,
)

# 1 to 8: the protocol


async def test_quirk_01_v1_refuses_a_whole_pdu_for_one_name() -> None:
    held = Held({b"public": cells({**SYSTEM, f"{M}.1.2.0": KYOCERA, TOTAL: 5, f"{E}.1347.43.10.1.1.12.1.1": 4})})
    memory = Memory()
    reading = await read_held(held, V1, memory)
    assert (reading["counters"]["total"]["value"], reading["complete"]) == (4, True)
    gets = sum(question.pdu == GET for question in held.heard)
    held.heard.clear()
    await read_held(held, V1, memory)
    assert sum(question.pdu == GET for question in held.heard) < gets, "what v1 refused is not asked again"
    assert (await read_held(held, V2C))["counters"]["total"]["value"] == 4


@pytest.mark.parametrize("too_big", [True, False], ids=["tooBig", "silence"])
async def test_quirk_02_small_cards_take_few_varbinds(*, too_big: bool) -> None:
    values = {**SYSTEM, TOTAL: 5, **supply(1, 50), **supply(2, 60), **supply(3, 70)}
    held = Held({b"public": cells(values)}, most_varbinds=6, too_big=too_big)
    memory = Memory()
    reading = await read_held(held, memory=memory)
    assert reading["complete"], reading["missing"]
    assert [row["percent"] for row in reading["supplies"]] == [50, 60, 70]
    assert memory.of("192.0.2.1", 161, V2C).varbinds <= 6
    held.heard.clear()
    await read_held(held, memory=memory)
    assert max(len(q.oids) * max(1, q.repetitions) for q in held.heard) <= 6, "remembered"


async def test_quirk_02_a_card_may_take_fewer_varbinds_in_gets_than_in_walks() -> None:
    def shy(question: Question, answer: Answer) -> Answer | None:
        return None if question.pdu == GET and len(question.oids) > 6 else answer

    held = Held({b"public": cells({**SYSTEM, TOTAL: 5, **supply(1, 50), **supply(2, 60), **supply(3, 70)})}, spoil=shy)
    memory = Memory()
    reading = await read_held(held, memory=memory)
    assert reading["complete"], reading["missing"]
    assert [row["max"] for row in reading["supplies"]] == [100, 100, 100]
    assert memory.of("192.0.2.1", 161, V2C).varbinds <= 6


async def test_quirk_03_getbulk_is_wrong_or_missing() -> None:
    values = cells({**SYSTEM, TOTAL: 5, **supply(1, 50), **supply(2, 60)})
    assert [s["percent"] for s in (await read_held(Held({b"public": values}, has_bulk=False)))["supplies"]] == [50, 60]

    def backwards(question: Question, answer: Answer) -> Answer:
        return Answer(0, 0, answer.varbinds[::-1]) if question.pdu == GET_BULK else answer

    held = Held({b"public": values}, spoil=backwards)
    assert [s["percent"] for s in (await read_held(held))["supplies"]] == [50, 60]

    # Samsung's ML-3470 gives ifPhysAddress right by GET and wrong by GETBULK: it is only ever asked by GET.
    wanted = f"{M}.2.2.1.6.1"
    held = Held({b"public": cells({**SYSTEM, f"{M}.2.2.1.3.1": 6, wanted: bytes.fromhex("0015990a2b3c")})})
    assert (await read_held(held))["identity"]["mac"] == "00:15:99:0a:2b:3c"
    column = tuple(map(int, wanted.split(".")))[:-1]
    assert not any(oid[: len(column)] == column for q in held.heard if q.pdu != GET for oid in q.oids)


async def test_quirk_04_walks_that_loop_or_leave_end() -> None:
    column = (1, 3, 6, 1, 2, 1, 43, 16, 5, 1, 2, 1)

    def loop(question: Question, answer: Answer) -> Answer:
        """The console's rows come again and again."""
        if question.pdu == GET:
            return answer
        turned = [
            Varbind((*column, 1), OCTETS, b"a") if cell.oid[:11] == column[:11] else cell for cell in answer.varbinds
        ]
        return Answer(0, 0, turned)

    values = {**SYSTEM, TOTAL: 5, f"{M}.43.16.5.1.2.1.1": "a", f"{M}.43.16.5.1.2.1.2": "b", **supply(1, 50)}
    held = Held({b"public": cells(values)}, spoil=loop)
    reading = await read_held(held)
    assert len(held.heard) < 80
    assert reading["counters"]["total"]["value"] == 5
    assert reading["supplies"][0]["percent"] == 50
    many = {f"{M}.43.16.5.1.2.1.{row}": "x" for row in range(1, 3000)}
    assert len((await read_of(many))["console"]) == 32


async def test_quirk_05_supplies_in_a_context_and_silence_for_an_unknown_community() -> None:
    shown = {**SYSTEM, f"{M}.1.2.0": HP, TOTAL: 700}
    hidden: dict[str, Any] = {
        f"{M}.1.3.0": 5,
        f"{E}.11.2.3.9.4.2.1.1.3.3.0": b"\x01\x15CNB1234567",
        f"{E}.11.2.3.9.4.2.1.4.1.2.22.0": 40,
        **supply(1, 54, text="Black Cartridge HP CF410A"),
    }
    held = Held({b"public": cells(shown), b"public@Jetdirect": cells(hidden)})
    reading = await read_held(held)
    assert reading["identity"]["serial"] == "CNB1234567"
    assert reading["counters"]["duplex"]["value"] == 40
    assert [(s["percent"], s["color"]) for s in reading["supplies"]] == [(54, "black")]
    alone = await read_held(Held({b"public": cells(shown)}))
    assert (alone["complete"], alone["supplies"], alone["counters"]["total"]["value"]) == (True, [], 700)


@pytest.mark.parametrize("tag", [INTEGER, GAUGE32, COUNTER64, OCTETS])
async def test_quirk_06_types_other_than_the_mib_says(tag: int) -> None:
    value = 3_000_000_000
    reading = await read_of({TOTAL: Cell(tag, str(value).encode() if tag == OCTETS else value),
                             **supply(1, Cell(GAUGE32, 40), Cell(GAUGE32, 80))})  # fmt: skip
    assert reading["counters"]["total"]["value"] == value
    assert reading["supplies"][0]["percent"] == 50


async def test_quirk_07_indexes_of_every_shape() -> None:
    zero = await read_of({**supply(1, 30, device="0."), **supply(4, 40, device="0.")})
    assert [(s["index"], s["percent"]) for s in zero["supplies"]] == [("0.1", 30), ("0.4", 40)]
    none = await read_of({**supply(2, 30, device=""), **supply(7, 40, device="")})
    assert [(s["index"], s["percent"]) for s in none["supplies"]] == [("2", 30), ("7", 40)]
    other = await read_of({
        f"{M}.25.3.2.1.2.1": (1, 3, 6, 1, 2, 1, 25, 3, 1, 3), f"{M}.25.3.2.1.2.5": (1, 3, 6, 1, 2, 1, 25, 3, 1, 5),
        f"{M}.25.3.2.1.3.5": "A Model", f"{M}.25.3.2.1.5.5": 2, f"{M}.43.5.1.1.17.5": "SN55555",
        f"{M}.43.10.2.1.4.5.1": 9, **supply(3, 20, device="5."),
    })  # fmt: skip
    assert (other["identity"]["model"], other["identity"]["serial"]) == ("A Model", "SN55555")
    assert (other["counters"]["total"]["value"], other["supplies"][0]["index"]) == (9, "5.3")
    assert other["status"]["device"] == "running"


async def test_quirk_08_a_printer_that_wakes_up_is_waited_for() -> None:
    rows = {
        (1, 3, 6, 1, 2, 1, 1, 3, 0): MODULE.TimeTicks(300),
        (1, 3, 6, 1, 2, 1, 43, 11, 1, 1, 8, 1, 1): MODULE.Integer(-2),
        (1, 3, 6, 1, 2, 1, 43, 11, 1, 1, 9, 1, 1): MODULE.Integer(-2),
    }
    slept: list[Asked] = []

    def waking(asked: Asked) -> list[Reply | bytes]:
        slept.append(asked)
        return [honest(rows, asked)] if len(slept) > 3 else []

    async with Agent(waking) as agent, UdpExchange() as exchange:
        target = Target(agent.address, agent.port, V2C, b"public", timeout_s=0.2, retries=6)
        reading = await read(exchange, target, time.monotonic() + 10, Memory())
    (row,) = reading["supplies"]
    assert (row["level"], row["max"], row["percent"], row["state"]) == (None, None, None, "unknown")
    assert reading["identity"]["uptime_s"] == 3
