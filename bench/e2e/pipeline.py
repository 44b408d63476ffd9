"""Sweeps of the real pipeline, measured from "sweep now" to the last reading committed in SQLite."""

import asyncio
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.e2e.processes import Meter, peak_mb, wait_until_idle
from bench.e2e.queues import Depths
from cli.local.demo.api import Caller
from cli.local.demo.session import DemoSession
from cli.local.demo.verify import verify_simulated

QUEUES = ("poll.main.routine", "status.record", "scheduler.feedback", "glpi.readings")
SIMULATORS = ("fleet", "glpi")
_LOOK_S = 0.05
_IDLE_MOST_S = 45.0
_COUNTS = "SELECT word, n FROM sweep_counts WHERE sweep_id = ? AND word IN ('DONE', 'FAILED')"
_CLOSED = "SELECT 1 FROM sweeps WHERE sweep_id = ? AND closed_at IS NOT NULL"


@dataclass
class Sweep:
    """One sweep. `recorded_s`: until the last result was committed; `closed_s`: until the sweep was."""

    name: str
    planned: int
    done: int
    failed: int
    recorded_s: float
    closed_s: float
    meter: Meter
    depths: Depths


class Pipeline:
    """The bench's hold on a running session."""

    def __init__(self, session: DemoSession, lab: dict[str, Any], http: aiohttp.ClientSession, most_s: float) -> None:
        self._session, self._lab, self._caller, self._most_s = session, lab, Caller(http), most_s
        self.pids = {s.name: s.pid for s in session.control.states() if s.pid and s.name != "epmd"}
        path = session.folder.data / "status_api" / "status_api.sqlite"
        self._database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)

    async def add_printers(self, *, dead: bool) -> int:
        """Imports the fleet's printers, all of them or just the dead ones, and waits until all has come to rest."""
        control = self._lab["fleet"]["control_url"]
        inventory = await self._caller.text(f"{control}/inventory.csv")
        if dead:
            devices = (await self._caller.call("GET", f"{control}/devices"))["devices"]
            addresses = {device["address"] for device in devices if device["behaviour"] == "dead"}
            head, *rows = inventory.splitlines(keepends=True)
            place = head.strip().split(",").index("address")
            inventory = head + "".join(row for row in rows if row.strip().split(",")[place] in addresses)
        address = f"{self._session.api}/api/inventory/import"
        headers = {"content-type": "text/csv"}
        report = await self._caller.call_until(30.0, "POST", address, data=inventory.encode(), headers=headers)
        await self.rest()
        return int(report["added"])

    async def rest(self) -> None:
        await asyncio.to_thread(wait_until_idle, self.pids, _IDLE_MOST_S)

    async def sweep(self, name: str, amqp_url: str) -> Sweep:
        """One sweep of everybody, those with failures too. Raises TimeoutError."""
        meter = Meter(self.pids)
        async with Depths(amqp_url, QUEUES) as depths, asyncio.timeout(self._most_s):
            meter.begin()
            begun = time.monotonic()
            order = await self._caller.call_until(30.0, "POST", f"{self._session.api}/api/sweeps", json={"force": True})
            sweep_id, planned = order["sweep_id"], int(order["planned"])
            counts = await self._until_recorded(sweep_id, planned)
            recorded_s = time.monotonic() - begun
            meter.end()
            await self._until_closed(sweep_id)
            closed_s = time.monotonic() - begun
        await self.rest()
        done, failed = counts.get("DONE", 0), counts.get("FAILED", 0)
        return Sweep(name, planned, done, failed, recorded_s, closed_s, meter, depths)

    async def _until_recorded(self, sweep_id: str, planned: int) -> dict[str, int]:
        while True:
            counts: dict[str, int] = dict(self._database.execute(_COUNTS, (sweep_id,)).fetchall())
            if sum(counts.values()) >= planned:
                return counts
            await asyncio.sleep(_LOOK_S)

    async def _until_closed(self, sweep_id: str) -> None:
        while True:
            if self._database.execute(_CLOSED, (sweep_id,)).fetchone():
                return
            await asyncio.sleep(_LOOK_S)

    async def verify(self) -> tuple[int, list[str]]:
        """Compares every value of every printer with what the simulator holds. → how many are right, what is not."""
        printers = await self._caller.printers(self._session.api)
        devices = await self._caller.call("GET", f"{self._lab['fleet']['control_url']}/devices")
        found = verify_simulated(devices["devices"], printers, None)
        return found.verified, found.problems

    def readings(self) -> int:
        """Rows of the table of readings."""
        return int(self._database.execute("SELECT COUNT(*) FROM readings").fetchone()[0])

    def peaks(self) -> dict[str, float]:
        return {name: peak_mb(pid) for name, pid in self.pids.items()}

    def close(self) -> None:
        self._database.close()
