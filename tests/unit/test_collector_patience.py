"""Who is told that a request is unanswered: once, as soon as it is so, and never for a busy process's own slowness."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from services.collector.read.session import SYS_UPTIME
from services.collector.snmp.errors import NoAnswer
from services.collector.snmp.exchange import GET, V2C, Question, Target
from services.collector.snmp.patience import ON_WAIT, PATIENCE_S
from services.collector.snmp.udp import UdpExchange
from tests.support import eventually
from tests.support.agent import Agent, Asked, Reply, honest
from tests.support.hostile import GOOD, leftovers

QUESTION = Question(GET, (SYS_UPTIME,))


def asking(exchange: UdpExchange, agent: Agent, told: Callable[[], None], **more: Any) -> asyncio.Task[Any]:
    """One question in a context of its own, in which `told` is to be called."""

    async def ask() -> Any:
        ON_WAIT.set(told)
        target = Target(agent.address, agent.port, V2C, b"public", **more)
        return await exchange.ask(target, QUESTION, time.monotonic() + 30)

    return asyncio.create_task(ask())


async def test_silence_is_told_once_and_holds_no_place_in_the_window() -> None:
    told: list[int] = []
    async with UdpExchange() as exchange, Agent(lambda _: []) as agent:
        task = asking(exchange, agent, lambda: told.append(exchange.window.in_flight), timeout_s=0.4, retries=2)
        await eventually(lambda: told, what="the asker being told")
        assert told == [0], "its place in the window was lent to others before"
        assert not task.done(), "it goes on waiting"
        with pytest.raises(NoAnswer):
            await task
        assert told == [0]
        assert len(agent.heard) == 3
        await eventually(lambda: not leftovers(exchange), what="nothing being left behind")


async def test_who_steps_aside_is_answered_all_the_same() -> None:
    told = asyncio.Event()
    late: list[Asked] = []

    def keep(asked: Asked) -> list[Reply | bytes]:
        late.append(asked)
        return []

    async with UdpExchange() as exchange, Agent(keep) as agent:
        task = asking(exchange, agent, told.set, timeout_s=20.0, retries=0)
        await told.wait()
        agent.socket.sendto(honest(GOOD, late[0]).encode(), ("127.0.0.1", exchange.port))
        answer = await task
        assert [varbind.oid for varbind in answer.varbinds] == [SYS_UPTIME]
        assert exchange.window.in_flight == 0, "it left once"


async def test_a_busy_loop_is_no_silence() -> None:
    """The reply is here, and the loop is held up until long after the patience has ended."""
    told: list[str] = []

    def hold_up() -> None:
        until = time.monotonic() + 5 * PATIENCE_S
        while time.monotonic() < until:
            pass

    def answer(asked: Asked) -> list[Reply | bytes]:
        asyncio.get_running_loop().call_soon(hold_up)
        return [honest(GOOD, asked)]

    async with UdpExchange() as exchange, Agent(answer) as agent:
        for _ in range(10):
            await asking(exchange, agent, lambda: told.append("silence"), timeout_s=20.0, retries=0)
        assert not told


async def test_who_is_cancelled_is_not_told_and_leaves_nothing() -> None:
    told: list[str] = []
    async with UdpExchange() as exchange, Agent(lambda _: []) as agent:
        staying = [asking(exchange, agent, lambda: told.append("stays"), timeout_s=20.0) for _ in range(20)]
        leaving = [asking(exchange, agent, lambda: told.append("left"), timeout_s=20.0) for _ in range(20)]
        await asyncio.sleep(0)  # all have been asked
        for task in leaving:
            task.cancel()
        await eventually(lambda: len(told) == len(staying), what="the others being told")
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, *leaving, return_exceptions=True)
        await eventually(lambda: not leftovers(exchange), what="nothing being left behind")
        assert set(told) == {"stays"}
