"""Printers that were silent: probed with one small packet first, read in the same poll once they are back."""

from typing import Any

import pytest

from services.collector import backoff
from services.collector.backoff import Silent
from services.collector.read.session import SYS_UPTIME
from tests.support.agent import GET, Agent, Asked, Reply, honest
from tests.support.hostile import GOOD, Surroundings, code_of, surroundings


class Moody:
    """An agent that answers while `is_up`."""

    def __init__(self, reply: bytes | None = None) -> None:
        self.is_up, self._reply = False, reply

    def __call__(self, asked: Asked) -> list[Reply | bytes]:
        if self.is_up:
            return [honest(GOOD, asked)]
        return [] if self._reply is None else [self._reply]


def asked_by(agent: Agent) -> list[tuple[int, int]]:
    """What the agent heard since the last time: (PDU, number of OIDs)."""
    found = [(asked.pdu, len(asked.oids)) for asked in agent.heard]
    agent.heard.clear()
    return found


async def poll(here: Surroundings, agent: Agent, **more: Any) -> str:
    return code_of(await here.poll(agent.address, agent.port, budget_s=10.0, **more))


async def test_a_silent_printer_costs_small_packets_only_and_is_read_as_soon_as_it_is_back() -> None:
    async with surroundings(1) as here, Agent(moody := Moody()) as agent:
        assert await poll(here, agent) == "no_answer"
        assert all(size > 1 for _, size in asked_by(agent)), "nobody knew yet: it was a whole poll's first request"
        assert await poll(here, agent) == "no_answer"
        assert asked_by(agent) == [(GET, 1), (GET, 1)]
        moody.is_up = True
        assert await poll(here, agent) == "complete"
        first, *rest = agent.heard
        assert (first.pdu, first.oids) == (GET, [SYS_UPTIME])
        assert rest, "the whole poll follows at once"
        agent.heard.clear()
        assert await poll(here, agent) == "complete"
        assert agent.heard[0].oids != [SYS_UPTIME], "it is trusted again"
        await here.settled()


async def test_one_that_answers_nonsense_is_probed_too() -> None:
    async with surroundings(1) as here, Agent(moody := Moody(b"\x30\x03garbage")) as agent:
        assert await poll(here, agent) == "nonsense"
        asked_by(agent)
        assert await poll(here, agent) == "nonsense"
        assert asked_by(agent) == [(GET, 1), (GET, 1)]
        moody.is_up = True
        assert await poll(here, agent) == "complete"


async def test_where_a_person_waits_the_whole_poll_is_tried() -> None:
    async with surroundings(1) as here, Agent(Moody()) as agent:
        await poll(here, agent)
        asked_by(agent)
        assert await poll(here, agent, lane="urgent") == "no_answer"
        assert all(size > 1 for _, size in asked_by(agent))


def test_what_says_nothing_about_the_printer_changes_nothing() -> None:
    silent = Silent()
    silent.note("a", 161, "no_answer")
    silent.note("a", 161, "unknown_profile")
    silent.note("a", 161, "internal")
    assert silent.knows("a", 161)
    assert not silent.knows("a", 162)
    silent.note("a", 161, None)
    assert not silent.knows("a", 161)
    assert len(silent) == 0


def test_the_memory_of_who_was_silent_is_bounded_and_fades(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Silent(most=100)
    for n in range(1000):
        silent.note(f"printer-{n}", 161, "no_answer")
    assert len(silent) == 100
    assert silent.knows("printer-999", 161)
    assert not silent.knows("printer-0", 161)
    monkeypatch.setattr(backoff, "FORGET_S", -1.0)
    assert not silent.knows("printer-999", 161)
    assert len(silent) == 99
