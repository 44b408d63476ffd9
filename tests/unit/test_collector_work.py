"""A poll that meets a bug, a value that cannot be serialised: one failed poll, and its neighbours go on."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.collector import work as module
from services.collector.errors import NotPermitted, NotPublished
from services.collector.profiles import Profile
from services.collector.results import Results
from services.collector.slots import Slots
from services.collector.snmp.exchange import Answer, Question, Target
from services.collector.started import Started
from services.collector.work import Work
from shared.errors import Verdict
from shared.messages.polls import PollResult
from tests.support.collector import request

PROFILE = Profile.model_validate({"community": "public", "permitted_networks": ["127.0.0.0/8"]})


class Recording:
    """Stands where the broker is: keeps what is published. The real one is in tests/contract."""

    def __init__(self) -> None:
        self.published: list[tuple[str, Any]] = []

    async def insist(self, kind: Any, body: Any, **_: Any) -> None:
        self.published.append((kind.name, orjson.loads(orjson.dumps(body))))

    async def publish(self, kind: Any, body: Any, **_: Any) -> None:
        self.published.append((kind.name, body))


class Broken:
    """An exchange with a bug."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        self.asked += 1
        raise ZeroDivisionError("a bug")


class Rig:
    """The work of one collector without a broker."""

    def __init__(self) -> None:
        self.broker: Any = Recording()
        self.exchange = Broken()
        self.results = Results(self.broker, "c1")
        self.slots = Slots(4, 1)
        started = Started(self.broker, "c1")
        self.work = Work({"lab": PROFILE}, self.exchange, self.slots, started, self.results, 60.0)

    async def handle(self, **more: Any) -> dict[str, Any]:
        """One request; its result."""

        running = asyncio.create_task(self.results.run())
        try:
            await self.work.handle(SimpleNamespace(body=request("127.0.0.1", 9, **more)))  # type: ignore[arg-type]
        finally:
            running.cancel()
        ((_, finished), (_, closed)) = self.broker.published[-2:]
        (result,) = finished["results"]
        assert closed["polls"][0]["state"] == result["state"]
        PollResult.model_validate(result)
        return result  # type: ignore[no-any-return]


async def test_a_bug_is_one_failed_poll() -> None:
    rig = Rig()
    result = await rig.handle()
    assert (result["state"], result["error"]["code"]) == ("FAILED", "internal")
    assert "ZeroDivision" not in result["error"]["text"], "the details are for the log"
    assert rig.slots.taken == 0


async def test_a_reading_that_cannot_be_serialised_is_one_failed_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    async def strange(*_: Any, **__: Any) -> dict[str, Any]:
        return {"complete": True, "identity": {"serial": "\ud800"}, "counters": {}}

    monkeypatch.setattr(module.Reader, "read", strange)
    result = await Rig().handle()
    assert (result["state"], result["error"]["code"], result["reading"]) == ("FAILED", "internal", None)


async def test_an_unknown_profile_is_a_failed_poll_and_a_forbidden_address_is_parked() -> None:
    rig = Rig()
    assert (await rig.handle(profile="nobody"))["error"]["code"] == "unknown_profile"
    with pytest.raises(NotPermitted) as caught:
        await rig.work.handle(SimpleNamespace(body=request("192.0.2.1", 161)))  # type: ignore[arg-type]
    assert caught.value.verdict is Verdict.PARK
    assert rig.exchange.asked == 0


async def test_a_result_that_was_let_go_is_remembered_for_the_next_delivery() -> None:
    rig = Rig()
    rig.results.let_go()
    sent = request("127.0.0.1", 9)
    delivery: Any = SimpleNamespace(body=sent)
    with pytest.raises(NotPublished) as caught:
        await rig.work.handle(delivery)
    assert caught.value.verdict is Verdict.HAND_BACK
    rig.results.hold_on()
    result = await _again(rig, delivery)
    assert result["poll_id"] == sent.poll_id
    assert rig.exchange.asked == 1, "it is published, not read again"


async def _again(rig: Rig, delivery: Any) -> dict[str, Any]:

    running = asyncio.create_task(rig.results.run())
    try:
        await rig.work.handle(delivery)
        await rig.work.handle(delivery)
    finally:
        running.cancel()
    finished = [body for name, body in rig.broker.published if name == "polls.finished"]
    assert len(finished) == 1
    return finished[0]["results"][0]  # type: ignore[no-any-return]


async def test_the_budget_is_bounded() -> None:
    seen = []

    class Watching(Broken):
        async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
            seen.append(deadline - time.monotonic())
            return await super().ask(target, question, deadline, attempts)

    rig = Rig()
    started = Started(rig.broker, "c1")
    rig.work = Work({"lab": PROFILE}, Watching(), rig.slots, started, rig.results, 7.0)
    await rig.handle(budget_s=600)
    assert 0 < seen[0] <= 7.0


async def test_a_reader_that_hangs_costs_its_poll_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(Broken):
        async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(module, "_GRACE_S", 0.01)
    rig = Rig()
    rig.work = Work({"lab": PROFILE}, Hanging(), rig.slots, Started(rig.broker, "c1"), rig.results, 600.0)
    assert (await rig.handle(budget_s=0.01))["error"]["code"] == "budget_spent"
    assert rig.slots.taken == 0
