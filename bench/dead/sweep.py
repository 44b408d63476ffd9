"""The collector's places, driver and reader at work among dead printers: one measurement in a process of its own.

`python -m bench.dead.sweep '{"printers": 2000, …}' 40161`: the keys are those of Options, the number is the port of the
simulated fleet; prints JSON. bench.dead runs it.
"""

import asyncio
import json
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

import uvloop

from lab.fleet.device import Device
from lab.fleet.fleet import make_devices
from lab.fleet.settings import Settings
from services.collector.backoff import Silent
from services.collector.profiles import Profile
from services.collector.results import Results
from services.collector.service import prefetch_of
from services.collector.settings import CollectorSettings
from services.collector.slots import Slots
from services.collector.snmp.udp import UdpExchange
from services.collector.started import Started
from services.collector.work import Work
from shared import logs
from shared.messages.base import now
from shared.messages.polls import PollRequest
from shared.service.cycles import spare_collections
from shared.words import Lane

MOST_S = 600.0
WARMING = 4  # polls after which a printer is asked in its final way
CASES = ALONE, UNKNOWN, KNOWN = ("the living alone", "dead that nobody knows of", "dead that are known")


@dataclass(frozen=True)
class Options:
    """`dead` is a share of the printers; `rounds` are interleaved. `as_service`: garbage is collected as in a service
    (shared/service/run.py), else as Python does by itself."""

    printers: int
    dead: float
    rounds: int
    concurrency: int
    slow_places: int
    as_service: bool


class Nowhere:
    """Takes what is published."""

    async def insist(self, *_: Any, **__: Any) -> None:
        await asyncio.sleep(0)

    publish = insist


def request(device: Device, port: int) -> PollRequest:
    return PollRequest.model_validate({
        "poll_id": uuid.uuid4().hex,
        "printer_id": device.n,
        "address": device.ip,
        "port": port,
        "profile": "lab" if 1 in device.model.versions else "lab-v1",
        "site": "main",
        "lane": "routine",
        "sweep_id": "bench",
        "requested_at": now(),
        "budget_s": 60.0,
    })  # fmt: skip


class Sweep:
    """One collector that keeps what it learns from one sweep to the next."""

    def __init__(self, exchange: UdpExchange, settings: CollectorSettings) -> None:
        nowhere: Any = Nowhere()
        common = {"community": "public", "timeout_s": 2.0, "retries": 1, "permitted_networks": ["127.16.0.0/12"]}
        profiles = {
            "lab": Profile.model_validate(common),
            "lab-v1": Profile.model_validate(common | {"version": "1"}),
        }
        self.results = Results(nowhere, "bench")
        self.slots = Slots(
            settings.collector_concurrency, settings.collector_urgent_reserve, settings.collector_slow_places
        )
        self.work = Work(profiles, exchange, self.slots, Started(nowhere, "bench"), self.results, 60.0)
        self.prefetch = prefetch_of(settings, Lane.ROUTINE)

    async def run(self, devices: list[Device], port: int) -> dict[str, Any]:
        """Polls them all. → when the last living one was read, when all was done, and what came of it."""
        publishing = asyncio.create_task(self.results.run())
        room = asyncio.Semaphore(self.prefetch)
        last_living, cpu_living, most_slow = 0.0, 0.0, 0
        states: Counter[str] = Counter()
        begun, cpu = time.monotonic(), time.process_time()

        async def one(device: Device) -> None:
            nonlocal last_living, cpu_living, most_slow
            result = await self.work._poll(asked := request(device, port), time.monotonic() + 60)  # noqa: SLF001
            await self.results.add(asked.poll_id, b"{}", {}).told
            room.release()
            most_slow = max(most_slow, self.slots.slow)
            states[f"{device.behaviour}: {result['error']['code'] if result['error'] else result['state']}"] += 1
            if device.behaviour == "ok":
                last_living, cpu_living = time.monotonic() - begun, time.process_time() - cpu

        async with asyncio.timeout(MOST_S), asyncio.TaskGroup() as group:
            for device in devices:
                await room.acquire()
                group.create_task(one(device))
        publishing.cancel()
        return {
            "last_living_s": round(last_living, 3),
            "all_s": round(time.monotonic() - begun, 2),
            "cpu_last_living_s": round(cpu_living, 3),
            "cpu_s": round(time.process_time() - cpu, 2),
            "most_in_slow_places": most_slow,
            "outcomes": dict(states),
        }


async def measure(options: Options, port: int) -> dict[str, list[dict[str, Any]]]:
    """What came of each round, by case. The fleet's UDP port is `port`."""
    defaults = CollectorSettings(_env_file=None)
    settings = defaults.model_copy(
        update={"collector_concurrency": options.concurrency, "collector_slow_places": options.slow_places}
    )
    devices = make_devices(Settings(printers=options.printers, dead=options.dead, paused=True))
    living = [device for device in devices if device.behaviour == "ok"]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in CASES}
    async with UdpExchange() as exchange:
        sweep = Sweep(exchange, settings)
        # Plans are learned, and the simulator encodes each answer once: all that follows is warm.
        for _ in range(WARMING):
            await sweep.run(living, port)
        if options.as_service:
            spare_collections()
        for _ in range(options.rounds):
            found[ALONE].append(await sweep.run(living, port))
            sweep.work._silent = Silent()  # noqa: SLF001 - as after a restart
            found[UNKNOWN].append(await sweep.run(devices, port))
            found[KNOWN].append(await sweep.run(devices, port))
    return found


if __name__ == "__main__":
    logs.set_up("bench", "dead", level="ERROR", style="text")
    print(json.dumps(uvloop.run(measure(Options(**json.loads(sys.argv[1])), int(sys.argv[2])))))
