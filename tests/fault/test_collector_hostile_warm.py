"""Printers that were read well once and turn hostile: what was learned of them must not make anything believed; and
what one bad reading or a vendor's bug costs in a batch."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.collector import vendors, work
from services.collector.mib import oids as m
from services.collector.outcome import encoded
from tests.support.agent import V2C, Agent, Answer, Asked, Reply, honest
from tests.support.hostile import GOOD, LIES, besiege, code_of, is_evil, lying, octets, surroundings

pytestmark = pytest.mark.fault


class Turncoat:
    """Honest for one poll, then whatever `then` answers."""

    def __init__(self, then: Answer) -> None:
        self.then, self.is_honest = then, True

    def __call__(self, asked: Asked) -> list[Reply | bytes]:
        return [honest(GOOD, asked)] if self.is_honest else self.then(asked)


def with_varbinds(change: Callable[[list[Any]], list[Any]]) -> Answer:
    """The right replies, with their varbinds changed."""

    def answer(asked: Asked) -> list[Reply | bytes]:
        reply = honest(GOOD, asked)
        return [replace(reply, varbinds=change(list(reply.varbinds)))]

    return answer


def swapped(found: list[Any]) -> list[Any]:
    """Each value under the next one's name."""
    return [(a[0], b[1]) for a, b in zip(found, found[1:] + found[:1], strict=True)]


def cut_inside(data: bytes, _: Asked) -> bytes:
    """Lengths of the frame are right, those of the last varbinds are not."""
    at = data.rindex(b"\x30")
    return data[: at + 1] + bytes([(data[at + 1] + 3) & 0x7F]) + data[at + 2 :]


REFUSED: dict[str, Answer] = {
    "community": lying(community=b"other"),
    "version": octets(lambda data, _: data.replace(b"\x02\x01\x01\x04", b"\x02\x01\x00\x04", 1)),
    "pdu type": lying(pdu="GetRequestPDU"),
    "request-id": lying(request_id=5),
    "truncated": octets(lambda data, _: data[:-1]),
    "trailing": octets(lambda data, _: data + b"\x05\x00"),
    "inner length": octets(cut_inside),
    "garbage": lambda _: [b"\xff" * 1400] * 3,
    "echo": octets(lambda _, asked: asked.data),
    "silence": lambda _: [],
    "no values": with_varbinds(lambda _: []),
    "other names": with_varbinds(lambda found: [((*oid, 9), LIES.get(oid, value)) for oid, value in found]),
}
# Replies that are taken, each value under its own name or not at all.
TAKEN: dict[str, Answer] = {
    "reversed": with_varbinds(lambda found: found[::-1]),
    "rotated": with_varbinds(lambda found: found[1:] + found[:1]),
    "names swapped": with_varbinds(swapped),
    "one too few": with_varbinds(lambda found: found[:-1] or found),
    "one too many": with_varbinds(lambda found: [*found, ((*m.GENERAL_SERIAL, 1), V2C.OctetString("EVIL-666"))]),
    "first doubled": with_varbinds(lambda found: [found[0], *found]),
    "all gone": with_varbinds(lambda found: [(oid, V2C.NoSuchInstance("")) for oid, _ in found]),
    "too big": lambda asked: [replace(honest(GOOD, asked), varbinds=[], status=1)],
    "general error": lambda asked: [replace(honest(GOOD, asked), status=5, index=1)],
    "doubled replies": lambda asked: [honest(GOOD, asked)] * 5,
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_a_known_printer_that_turns_is_not_believed(name: str) -> None:
    async with surroundings(3) as here, Agent(coat := Turncoat(REFUSED[name])) as agent:
        assert code_of(await here.poll(agent.address, agent.port)) == "complete"
        assert code_of(await here.poll(agent.address, agent.port)) == "complete"
        coat.is_honest = False
        for _ in range(2):
            result = await here.poll(agent.address, agent.port, budget_s=6.0)
            assert code_of(result) in ("nonsense", "no_answer")
            assert not is_evil(result)
        coat.is_honest = True
        back = await here.poll(agent.address, agent.port)
        assert (code_of(back), back["reading"]["identity"]["serial"]) == ("complete", "SER1")
        await here.settled()


@pytest.mark.parametrize("name", TAKEN)
async def test_a_known_printer_that_answers_oddly_is_read_rightly_or_partly(name: str) -> None:
    async with surroundings(3) as here, Agent(coat := Turncoat(TAKEN[name])) as agent:
        for _ in range(2):
            assert code_of(await here.poll(agent.address, agent.port)) == "complete"
        coat.is_honest = False
        result = await here.poll(agent.address, agent.port, budget_s=6.0)
        assert code_of(result) in ("complete", "partial", "nonsense", "no_answer")
        if name != "names swapped":  # there the device itself says so
            assert not is_evil(result)
            if result["reading"] and result["reading"]["identity"]["serial"]:
                assert result["reading"]["identity"]["serial"] == "SER1"
                assert result["reading"]["counters"].get("total", {"value": 77})["value"] == 77
        coat.is_honest = True
        for _ in range(2):
            back = await here.poll(agent.address, agent.port)
            assert (code_of(back), back["reading"]["identity"]["serial"]) == ("complete", "SER1")
        await here.settled()


async def test_a_bug_in_a_vendor_s_module_costs_its_extras_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def refine(*_: Any) -> None:
        raise ZeroDivisionError("a bug in a vendor's table")

    own = (1, 3, 6, 1, 4, 1, 99999)
    broken = replace(vendors.UNKNOWN, key="broken", manufacturer="Broken", roots=(own,), refiners=(refine,))
    monkeypatch.setitem(vendors._BY_ROOT, own, broken)
    monkeypatch.setattr(vendors, "_LENGTHS", sorted({*vendors._LENGTHS, len(own)}, reverse=True))
    async with surroundings(3) as here, Agent(lambda asked: [honest(GOOD, asked)]) as agent:
        for _ in range(2):
            result = await here.poll(agent.address, agent.port)
            assert (result["state"], code_of(result)) == ("DONE", "partial")
            assert result["reading"]["missing"] == ["vendor"]
            assert result["reading"]["identity"]["serial"] == "SER1"
            assert result["reading"]["counters"]["total"]["value"] == 77
        await here.settled()


async def test_one_bad_reading_leaves_its_batch_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = []

    def encode(result: dict[str, Any]) -> bytes:
        if result["reading"] and not bad:
            bad.append(result["poll_id"])
            result["reading"]["identity"]["serial"] = "\ud800"
        return encoded(result)

    monkeypatch.setattr(work, "encoded", encode)
    siege_of = {str(n): (lambda asked: [honest(GOOD, asked)]) for n in range(20)}
    siege = await besiege(siege_of)
    codes = list(siege.codes().values())
    assert codes.count("internal") <= 1, "the bad one may have been a neighbour's"
    assert codes.count("complete") >= 19
    assert len(bad) == 1
