"""The collector's file of plans under kill -9 and on disks that are damaged, full or not to be written: what was kept
serves, readings are right, and the service does not mind."""

import asyncio
import fcntl
import os
import random
import resource
import signal
import sqlite3
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.report import describe
from lab.fleet.settings import Settings as FleetSettings
from services.collector.plans.store import FILE
from shared.messages.polls import PollRequest
from tests.support import VirtualHost, eventually
from tests.support.collector import Bench, Outcomes, environment, request
from tests.support.fixtures import StartService
from tests.support.process import ServiceProcess

pytestmark = [pytest.mark.contract, pytest.mark.fault, pytest.mark.timeout(240)]

KILLS = 6
PRINTERS = 100
WRITE_LOCK = 120  # the octet of the -shm file that who writes has locked: https://www.sqlite.org/walformat.html
UNLOCKED = struct.pack("h", fcntl.F_UNLCK)
LOOKS = (0, 0, 100, 400, 1000, 3000)  # of a microsecond or two
MODELS = ("kyocera-mono", "hp-laserjet", "ricoh-a3-mfp", "xerox-color")
COLD = {"PRINTSWEEP_COLLECTOR_COLD_HOURS": "0"}  # every reading is whole, and so writes a plan


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(FleetSettings(printers=PRINTERS, models=MODELS, paused=True)) as made:
        yield made


class Readings:
    """Requests for all printers of a fleet, and what came of them."""

    def __init__(self, fleet: Fleet, table: Bench) -> None:
        self.fleet, self._table = fleet, table
        self.outcomes = Outcomes(table)

    async def ask(self) -> list[PollRequest]:
        """Puts in a request for each printer."""
        requests = [request(d.ip, self.fleet.port, printer_id=n) for n, d in enumerate(self.fleet.devices, 1)]
        await self._table.put(*requests)
        return requests

    async def are_there(self, requests: list[PollRequest], ends: asyncio.Task[None]) -> bool:
        """Whether all of them have a result, or `ends` has ended."""
        await self.outcomes.gather()
        return ends.done() or all(asked.poll_id in self.outcomes.results for asked in requests)

    async def right(self, requests: list[PollRequest]) -> list[int]:
        """Waits for the results and compares them with what the printers hold. → the PDUs of each."""
        await self.outcomes.until(requests, 90)
        pdus = []
        for asked in requests:
            result = self.outcomes.results[asked.poll_id][-1]
            assert result["state"] == "DONE", result["error"]
            self._compare(result["reading"], describe(self.fleet.devices[asked.printer_id - 1], self.fleet.port))
            pdus.append(result["reading"]["pdus"])
        return pdus

    def _compare(self, reading: dict[str, Any], device: dict[str, Any]) -> None:
        assert reading["complete"], reading["missing"]
        assert reading["identity"]["serial"] == device["serial"]
        counters = reading["counters"]
        assert (counters.get("marker_1") or counters["total"])["value"] == device["total"]
        levels = {supply["index"]: supply["level"] for supply in reading["supplies"]}
        # Negative ones are words, "some is left" and the like: RFC 3805, prtMarkerSuppliesLevel.
        told = {supply["index"]: supply["level"] for supply in device["supplies"]}
        assert levels == {index: None if level < 0 else level for index, level in told.items()}


def data_of(process: ServiceProcess) -> Path:
    return process.folder / "data"


def counted(process: ServiceProcess, what: str) -> int:
    """How many readings of a kind, "warm" or "cold", the process has made."""
    status, text = process.get("/metrics")
    assert status == 200, text
    (line,) = [line for line in text.splitlines() if line.startswith(f"printsweep_collector_{what}_total ")]
    return int(float(line.split()[1]))


def loaded(process: ServiceProcess) -> list[dict[str, Any]]:
    """What the collector said about its file of plans at its beginnings."""
    return [line for line in process.log_lines if line["event"].startswith("plans.")]


def _kill_while_it_writes(process: ServiceProcess, folder: Path, looks: int, limit_s: float = 60.0) -> None:
    """Waits until the collector holds the lock for writing, looks so many times more while it does, and kills it. In a
    thread, without a pause: a transaction lasts some milliseconds."""
    until = time.monotonic() + limit_s
    asked = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, WRITE_LOCK, 1, 0)
    with (folder / (FILE + "-shm")).open("rb") as shared:
        look, number, pid = fcntl.fcntl, shared.fileno(), process.pid
        while (found := look(number, fcntl.F_GETLK, asked)[:2]) == UNLOCKED:
            assert time.monotonic() < until, "no plans are written"
        while looks > 0 and found != UNLOCKED:
            looks, found = looks - 1, look(number, fcntl.F_GETLK, asked)[:2]
        os.kill(pid, signal.SIGKILL)
    process.process.wait(20)


async def test_a_collector_killed_while_it_writes_plans_keeps_those_that_it_had(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    dice = random.Random(20)
    readings = Readings(fleet, table)
    data = str(tmp_path / "plans")
    victim = start_service(
        "services.collector", environment(vhost, tmp_path, PRINTSWEEP_DATA_DIR=data, **COLD), name="victim"
    )
    await readings.right(await readings.ask())
    assert victim.stop() == 0, "all plans are on disk"
    waiting: list[PollRequest] = []
    for _ in range(KILLS):
        await victim.start().ready()
        killing = asyncio.create_task(asyncio.to_thread(_kill_while_it_writes, victim, Path(data), dice.choice(LOOKS)))
        while not killing.done():  # a busy machine may look away while a transaction is written: there are more
            waiting += (asked := await readings.ask())
            await eventually(partial(readings.are_there, asked, killing), 90, "results, or the death")
        await killing
        with closing(sqlite3.connect(Path(data) / FILE)) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    heir = start_service("services.collector", environment(vhost, tmp_path, PRINTSWEEP_DATA_DIR=data), name="heir")
    await readings.right(waiting + await readings.ask())
    assert counted(heir, "cold") == 0, "no printer was read whole again"
    assert counted(heir, "warm") >= len(fleet.devices)
    await fleet.tick()  # the printers print: what is read must be what they hold now
    await readings.right(await readings.ask())
    assert heir.stop() == 0
    begun = loaded(victim) + loaded(heir)
    assert [line["event"] for line in begun] == ["plans.loaded"] * (KILLS + 1)
    assert {(line["plans"], line["damaged"]) for line in begun} == {(len(fleet.devices), 0)}


def _truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 + 1)


def _zeroed(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def _scrambled(file: Path) -> None:
    octets, dice = bytearray(file.read_bytes()), random.Random(3)
    for _ in range(len(octets) // 200):
        octets[dice.randrange(len(octets))] ^= 1 << dice.randrange(8)
    file.write_bytes(octets)


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 9999")


def _folder(file: Path) -> None:
    file.unlink()
    (file / "inside").mkdir(parents=True)


@pytest.mark.parametrize("damage", [_truncated, _zeroed, _scrambled, _newer, _folder])
async def test_a_file_that_is_damaged_or_newer_costs_its_plans_only(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path,
    damage: Callable[[Path], None],
) -> None:  # fmt: skip
    readings = Readings(fleet, table)
    collector = start_service("services.collector", environment(vhost, tmp_path))
    cold = await readings.right(await readings.ask())
    assert collector.stop() == 0
    damage(data_of(collector) / FILE)
    await collector.start().ready()
    assert sum(await readings.right(await readings.ask())) == sum(cold)
    assert counted(collector, "cold") == len(fleet.devices), "all are read whole"
    await fleet.tick()
    assert sum(await readings.right(await readings.ask())) < sum(cold), "and by their plans from then on"
    assert collector.stop() == 0


async def test_where_nobody_may_write_the_collector_reads_without_a_file(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    readings = Readings(fleet, table)
    nowhere = {"PRINTSWEEP_DATA_DIR": "/proc"}  # not even root may
    collector = start_service("services.collector", environment(vhost, tmp_path, **nowhere))
    cold = await readings.right(await readings.ask())
    assert sum(await readings.right(await readings.ask())) < sum(cold), "plans are in memory all the same"
    assert "plans.unusable" in [line["event"] for line in loaded(collector)]
    assert collector.stop() == 0


async def test_a_disk_that_fills_costs_plans_only(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    """A limit on the size of the collector's files stands for the full disk; its log is far below it."""
    readings = Readings(fleet, table)
    collector = start_service("services.collector", environment(vhost, tmp_path, **COLD))
    await collector.ready()
    wal = data_of(collector) / (FILE + "-wal")
    most = wal.stat().st_size + 8192
    resource.prlimit(collector.pid, resource.RLIMIT_FSIZE, (most, most))
    await readings.right(await readings.ask())
    await eventually(lambda: "plans.not_written" in collector.log, what="the disk being full")
    await readings.right(await readings.ask())
    assert collector.stop() == 0
    (told,) = [line for line in loaded(collector) if line["event"] == "plans.not_written"]
    assert "disk" in told["error"]
    # There is room again.
    await collector.start().ready()
    await readings.right(await readings.ask())
    assert collector.stop() == 0
    with closing(sqlite3.connect(data_of(collector) / FILE)) as file:
        assert file.execute("SELECT count(*) FROM plans").fetchone() == (len(fleet.devices),)
