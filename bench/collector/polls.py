"""Sweeps by the collector's own reader: cold, until the plans have found their size, warm, and warm after changes.

Run as `python -m bench.collector.polls LAB`; prints JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from operator import itemgetter
from pathlib import Path
from typing import Any

import uvloop

from bench.collector.floor import floor
from bench.collector.lab import Lab
from bench.collector.where import where
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.snmp.errors import NoAnswer
from services.collector.snmp.exchange import Target
from services.collector.snmp.udp import UdpExchange
from shared import logs
from shared.service.cycles import spare_collections

CONCURRENCY = 400
MOST_SETTLING = 4  # sweeps after the cold one until no plan changes its size any more
BUDGET_S = 60.0
MOST_PROFILED = 2_000
WARM = 3  # sweeps, of which the best counts


def rss_mb() -> float:
    """This process's memory in use, in MB (10^6 octets)."""
    line = next(row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


async def each(work: Callable[[Target], Awaitable[Any]], targets: Iterable[Target]) -> list[Any]:
    """The results of `work` for all targets, CONCURRENCY of them at a time."""
    left = iter(targets)

    async def one() -> list[Any]:
        return [await work(target) for target in left]

    return [found for some in await asyncio.gather(*(one() for _ in range(CONCURRENCY))) for found in some]


class Sweeps:
    """Sweeps over one fleet."""

    def __init__(self, lab: Lab, exchange: UdpExchange) -> None:
        self.lab, self.exchange = lab, exchange
        self.plans = Plans()
        self.reader = Reader(exchange, self.plans)
        rows = lab.targets()
        self.living = [target for target, dead in rows if not dead]
        self.dead = [target for target, dead in rows if dead]

    async def _read(self, target: Target) -> tuple[int, int, bool] | None:
        """PDUs, varbinds and completeness; the reading itself is let go, for memory is measured too."""
        try:
            reading = await self.reader.read(target, time.monotonic() + BUDGET_S)
        except NoAnswer:
            return None
        return reading["pdus"], reading["varbinds"], reading["complete"]

    async def sweep(self, name: str, targets: list[Target]) -> dict[str, Any]:
        """One sweep's figures; printers that did not answer are counted as lost."""
        cpu, wall = time.process_time(), time.monotonic()
        readings = [reading for reading in await each(self._read, targets) if reading is not None]
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        count = max(1, len(readings))
        sys.stderr.write(f"{name}: {len(readings)} polls, {wall:.1f} s, {1e6 * cpu / count:.0f} µs of CPU each\n")
        return {
            "name": name,
            "polls": len(readings),
            "lost": len(targets) - len(readings),
            "incomplete": sum(not complete for _, _, complete in readings),
            "us": 1e6 * cpu / count,
            "per_cpu_s": count / cpu,
            "wall_s": wall,
            "pdus": sum(pdus for pdus, _, _ in readings) / count,
            "varbinds": sum(varbinds for _, varbinds, _ in readings) / count,
            "rss_mb": rss_mb(),
            "plans": sum(self.plans.get((t.address, t.port, t.version)) is not None for t in targets),
            "dropped_by_kernel": self.exchange.overflowed,
        }


async def run(lab: Lab) -> dict[str, Any]:
    async with UdpExchange() as exchange:
        sweeps = Sweeps(lab, exchange)
        before = rss_mb()
        found = [await sweeps.sweep("cold", sweeps.living)]
        for number in range(1, MOST_SETTLING + 1):
            found.append(await sweeps.sweep(f"settling {number}", sweeps.living))
            if found[-1]["pdus"] == found[-2]["pdus"]:
                break
        # The machine has other things to do at times: the best sweep is the one that it left alone.
        found.append(min([await sweeps.sweep("warm", sweeps.living) for _ in range(WARM)], key=itemgetter("us")))
        await asyncio.to_thread(lab.tick)
        found.append(await sweeps.sweep("warm, printed since", sweeps.living))
        some = sweeps.living[:MOST_PROFILED]
        warm_shares = await where(lambda: sweeps.sweep("warm, under a profiler", some))
        cold_shares = await where(lambda: Sweeps(lab, exchange).sweep("cold, under a profiler", some))
        everybody = await sweeps.sweep("warm, the dead among them", sweeps.living + sweeps.dead)
        plain = floor(sweeps.plans, sweeps.living)
    return {
        "sweeps": found,
        "everybody": everybody | {"dead": len(sweeps.dead)},
        "floor": plain,
        "where": {"warm": warm_shares, "cold": cold_shares},
        "rss_before_mb": before,
    }


def main() -> int:
    logs.set_up("bench", "polls", level="ERROR", style="text")
    spare_collections()  # as the service does
    lab = Lab(**json.loads(sys.argv[1]))
    sys.stdout.write(json.dumps(uvloop.run(run(lab))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
