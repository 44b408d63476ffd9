"""Run with `python -m bench.dead`: reads the same living printers alone, and among dead ones that nobody knows of yet,
and among dead ones that were silent the last time.

The collector's own places, driver and reader are at work, as the consumer drives them: requests are taken in their
order, `prefetch` at a time. The broker is left out: it would only make everything slower, and so the ratio better.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
from shared.words import Lane

MOST_S = 600.0


class Nowhere:
    """Takes what is published."""

    async def insist(self, *_: Any, **__: Any) -> None:
        await asyncio.sleep(0)

    publish = insist


@contextmanager
def fleet(printers: int, dead: float) -> Iterator[int]:
    """A fleet in a process of its own; yields its UDP port."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        options = [f"--printers={printers}", f"--dead={dead}", "--paused", f"--ready-file={ready}"]
        process = subprocess.Popen([sys.executable, "-m", "lab.fleet", *options], stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 60
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit("the fleet did not start")
                time.sleep(0.05)
            yield int(json.loads(ready.read_text())["udp_port"])
        finally:
            process.terminate()
            process.wait(10)


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
        last_living, most_slow = 0.0, 0
        states: Counter[str] = Counter()
        begun, cpu = time.monotonic(), time.process_time()

        async def one(device: Device) -> None:
            nonlocal last_living, most_slow
            result = await self.work._poll(asked := request(device, port), time.monotonic() + 60)  # noqa: SLF001
            await self.results.add(asked.poll_id, b"{}", {}).told
            room.release()
            most_slow = max(most_slow, self.slots.slow)
            states[f"{device.behaviour}: {result['error']['code'] if result['error'] else result['state']}"] += 1
            if device.behaviour == "ok":
                last_living = time.monotonic() - begun

        async with asyncio.timeout(MOST_S), asyncio.TaskGroup() as group:
            for device in devices:
                await room.acquire()
                group.create_task(one(device))
        publishing.cancel()
        return {
            "last_living_s": round(last_living, 2),
            "all_s": round(time.monotonic() - begun, 2),
            "cpu_s": round(time.process_time() - cpu, 2),
            "most_in_slow_places": most_slow,
            "outcomes": dict(states),
        }


async def measure(printers: int, share: float, rounds: int, settings: CollectorSettings) -> dict[str, Any]:
    devices = make_devices(Settings(printers=printers, dead=share, paused=True))
    living = [device for device in devices if device.behaviour == "ok"]
    found: dict[str, list[dict[str, Any]]] = {"living alone": [], "dead, not known": [], "dead, known": []}
    with fleet(printers, share) as port:
        async with UdpExchange() as exchange:
            sweep = Sweep(exchange, settings)
            # Plans are learned, and the simulator encodes each answer once: all that follows is warm.
            for _ in range(2):
                await sweep.run(living, port)
            for _ in range(rounds):
                found["living alone"].append(await sweep.run(living, port))
                sweep.work._silent = Silent()  # noqa: SLF001 - as after a restart
                found["dead, not known"].append(await sweep.run(devices, port))
                found["dead, known"].append(await sweep.run(devices, port))
    last = {name: statistics.median(run["last_living_s"] for run in runs) for name, runs in found.items()}
    slower = {name: f"{100 * (seconds / last['living alone'] - 1):+.0f} %" for name, seconds in last.items()}
    return {
        "printers": printers,
        "dead": len(devices) - len(living),
        "prefetch": sweep.prefetch,
        "seconds until the last living one is read, median": last,
        "against the living alone": slower,
        "rounds": found,
    }


def main() -> None:
    defaults = CollectorSettings(_env_file=None)  # type: ignore[call-arg]
    parser = argparse.ArgumentParser(prog="python -m bench.dead", description=__doc__)
    parser.add_argument("--printers", type=int, default=3000, help="living and dead together (default: %(default)s)")
    parser.add_argument("--dead", type=float, default=0.3, help="share that never answers (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved; medians are told (default: %(default)s)")
    parser.add_argument("--concurrency", type=int, default=defaults.collector_concurrency)
    parser.add_argument("--slow-places", type=int, default=defaults.collector_slow_places)
    options = parser.parse_args()
    logs.set_up("bench", "dead", level="ERROR", style="text")
    settings = defaults.model_copy(
        update={"collector_concurrency": options.concurrency, "collector_slow_places": options.slow_places}
    )
    found = uvloop.run(measure(options.printers, options.dead, options.rounds, settings))
    print(json.dumps({"cores": os.cpu_count(), **found}, indent=2))


if __name__ == "__main__":
    main()
