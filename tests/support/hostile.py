"""Hostile agents, and a whole collector without a broker to meet them: its driver, reader, places and outbox."""

import asyncio
import contextlib
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Sized
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import orjson

from lab.fleet.fleet import Fleet
from lab.fleet.settings import Settings
from services.collector.mib import oids as m
from services.collector.profiles import Profile
from services.collector.results import Results
from services.collector.slots import Slots
from services.collector.snmp.udp import UdpExchange
from services.collector.started import Started
from services.collector.work import Work
from shared.messages.polls import PollResult
from tests.support.agent import V2C, Agent, Answer, Asked, Reply, Rows, honest
from tests.support.collector import request
from tests.support.eventually import eventually

EVIL = "EVIL-666"
EVIL_TOTAL = 666_666_666


def text(value: str | bytes) -> Any:
    return V2C.OctetString(value)


def rows(serial: str = "SER1", total: int = 77) -> Rows:
    """A small honest printer."""
    return {
        m.SYS_DESCR: text("A printer"),
        m.SYS_OBJECT_ID: V2C.ObjectIdentifier((1, 3, 6, 1, 4, 1, 99999, 1)),
        m.SYS_UPTIME: V2C.TimeTicks(12345),
        m.SYS_NAME: text(f"name of {serial}"),
        m.SYS_LOCATION: text(""),
        (*m.HR_DEVICE_TYPE, 1): V2C.ObjectIdentifier(m.HR_DEVICE_PRINTER),
        (*m.HR_DEVICE_DESCR, 1): text(f"Model {serial}"),
        (*m.GENERAL_LOCALIZATION, 1): V2C.Integer32(1),
        (*m.GENERAL_SERIAL, 1): text(serial),
        (*m.MARKER_LIFE_COUNT, 1, 1): V2C.Counter32(total),
        (*m.SUPPLY_DESCRIPTION, 1, 1): text(f"Toner {serial}"),
        (*m.SUPPLY_MAX, 1, 1): V2C.Integer32(100),
        (*m.SUPPLY_LEVEL, 1, 1): V2C.Integer32(40),
        (1, 3, 6, 1, 2, 1, 99, 1, 0): V2C.Integer32(1),
    }


GOOD, LIES = rows(), rows(EVIL, EVIL_TOTAL)


def lying(**wrong: Any) -> Answer:
    """Replies with evil values and something wrong about the message itself."""
    return lambda asked: [replace(honest(LIES, asked), **wrong)]


def octets(make: Callable[[bytes, Asked], bytes | list[bytes]]) -> Answer:
    """Replies with evil values whose octets are damaged by `make`."""

    def answer(asked: Asked) -> list[Reply | bytes]:
        made = make(honest(LIES, asked).encode(), asked)
        return [made] if isinstance(made, bytes) else [*made]

    return answer


def patched(tag: int) -> Answer:
    """A reply whose PDU has another tag: whatever pysnmp would refuse to write."""

    def make(data: bytes, asked: Asked) -> bytes:
        at = data.index(b"public") + len(b"public")
        assert data[at] == 0xA2
        return data[:at] + bytes([tag]) + data[at + 1 :]

    return octets(make)


class Nowhere:
    """Stands where the broker is and keeps what is published; the real one is in tests/contract."""

    def __init__(self) -> None:
        self.results: dict[str, dict[str, Any]] = {}
        self.batches = 0

    async def insist(self, kind: Any, body: Any, **_: Any) -> None:
        """Keeps polls.finished, as JSON makes it."""
        if kind.name == "polls.finished":
            self.batches += 1
            for result in orjson.loads(orjson.dumps(body))["results"]:
                PollResult.model_validate(result)
                assert result["poll_id"] not in self.results, "a result was published twice"
                self.results[result["poll_id"]] = result

    async def publish(self, *_: Any, **__: Any) -> None:
        """polls.started: nobody asks for it here."""


def leftovers(exchange: UdpExchange) -> dict[str, int]:
    """What the driver still holds, table by table, whatever they are called. Empty ones are left out."""
    kept = {"rejected", "_requests", "_sockets", "_pool"}  # counts by reason, encoded requests, sockets: bounded apart
    tables = (dict, list, set, deque, Counter, OrderedDict)
    found = {
        name: len(value)
        for name, value in vars(exchange).items()
        if name not in kept and isinstance(value, tables) and isinstance(value, Sized) and len(value)
    }
    if exchange.window.in_flight:
        found["window"] = exchange.window.in_flight
    if exchange.watched:
        found["watched"] = exchange.watched
    return found


class Surroundings:
    """A collector that polls, beside printers that must not notice what others suffer."""

    def __init__(self, exchange: UdpExchange, fleet: Fleet, broker: Any, slots: Slots) -> None:
        self.exchange, self.fleet, self.broker, self.slots = exchange, fleet, broker, slots
        permitted = {"community": "public", "permitted_networks": ["127.0.0.0/8"]}
        brisk = permitted | {"timeout_s": 0.15, "retries": 1}
        # The neighbours' timeout is so long that a repeated request means a lost reply and not a busy machine.
        profiles = {
            "brisk": Profile.model_validate(brisk),
            "brisk-v1": Profile.model_validate(brisk | {"version": "1"}),
            "lab": Profile.model_validate(permitted | {"timeout_s": 10.0, "retries": 1}),
        }
        self.results = Results(broker, "c1")
        self.work = Work(profiles, exchange, slots, Started(broker, "c1"), self.results, 60.0)
        self.complaints: list[dict[str, Any]] = []
        self.rounds = 0

    async def poll(
        self, address: str, port: int, profile: str = "brisk", budget_s: float = 3.0, lane: str = "routine"
    ) -> dict[str, Any]:
        """One poll as the consumer hands it over; its result as the broker gets it. Fails where the poll does not end
        by itself, soon after its deadline."""
        asked = request(address, port, profile=profile, budget_s=budget_s, lane=lane)
        async with asyncio.timeout(budget_s + 4.0):  # less than the last resort in Work waits for a reader's bug
            await self.work.handle(SimpleNamespace(body=asked))  # type: ignore[arg-type]
        return self.broker.results[asked.poll_id]  # type: ignore[no-any-return]

    async def neighbours(self, until: asyncio.Event) -> None:
        """Reads the honest printers round after round, at least once, and compares."""
        while not until.is_set() or not self.rounds:
            before = [device.asked.datagrams for device in self.fleet.devices]
            found = await asyncio.gather(
                *(self.poll(device.ip, self.fleet.port, "lab", 40.0) for device in self.fleet.devices)
            )
            for device, asked, result in zip(self.fleet.devices, before, found, strict=True):
                reading = result["reading"]
                assert reading is not None, result["error"]
                assert reading["complete"], reading["missing"]
                assert reading["identity"]["serial"] == device.serial
                assert device.asked.datagrams - asked == reading["pdus"], "a neighbour had to be asked again"
            self.rounds += 1

    async def settled(self) -> None:
        """Waits until nothing is left of what was asked and what came."""
        await eventually(lambda: not leftovers(self.exchange), 10, "the driver's tables being empty")
        assert self.slots.taken == 0
        assert len(self.results) == 0
        assert not self.complaints, f"raised into the event loop: {self.complaints}"


@asynccontextmanager
async def surroundings(printers: int = 9) -> AsyncIterator[Surroundings]:
    """The collector and its honest printers."""
    loop = asyncio.get_running_loop()
    models = ("kyocera-mono", "hp-laserjet", "ricoh-a3-mfp")
    broker = Nowhere()
    async with Fleet(Settings(printers=printers, models=models, paused=True)) as fleet, UdpExchange() as exchange:
        made = Surroundings(exchange, fleet, broker, Slots(100, 8, 100))
        before = loop.get_exception_handler()
        loop.set_exception_handler(lambda _, context: made.complaints.append(context))
        publishing = asyncio.create_task(made.results.run())
        try:
            yield made
        finally:
            publishing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await publishing
            loop.set_exception_handler(before)


@dataclass
class Siege:
    """What came of it: each poll's result and agent, and the datagrams that were not accepted, by reason."""

    results: dict[str, dict[str, Any]]
    agents: dict[str, Agent]
    rejected: Counter[str]

    def believed(self) -> list[str]:
        """The names of the agents whose lies are in a result."""
        return [name for name, result in self.results.items() if is_evil(result)]

    def codes(self) -> dict[str, str]:
        """Each poll's error code, `complete` or `partial`."""
        return {name: code_of(result) for name, result in self.results.items()}


def is_evil(result: dict[str, Any]) -> bool:
    """Whether anything of what only a liar tells is in it."""
    told = orjson.dumps(result)
    return EVIL.encode() in told or str(EVIL_TOTAL).encode() in told


def code_of(result: dict[str, Any]) -> str:
    """The error's code, else whether the reading is whole."""
    if result["error"] is not None:
        return str(result["error"]["code"])
    return "complete" if result["reading"]["complete"] else "partial"


async def besiege(answers: dict[str, Answer], version: str = "brisk", budget_s: float = 3.0, **agent: Any) -> Siege:
    """Polls one agent for each of `answers`, all at once, while the neighbours are read. Whatever the agents do, every
    poll has a result, the neighbours are read at the first attempt, and nothing stays behind."""
    async with surroundings() as here, AsyncExitStack() as stack:
        agents = {name: await stack.enter_async_context(Agent(a, **agent)) for name, a in answers.items()}
        over = asyncio.Event()
        reading = asyncio.create_task(here.neighbours(over))
        try:
            polls = (here.poll(a.address, a.port, version, budget_s) for a in agents.values())
            results = dict(zip(agents, await asyncio.gather(*polls), strict=True))
        finally:
            over.set()
            await reading
        await here.settled()
        return Siege(results, agents, Counter(here.exchange.rejected))
