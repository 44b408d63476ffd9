"""Two schedulers on one data folder: one leads, the other takes over when the first is killed or frozen."""

import asyncio
import re
import signal
import sys
from pathlib import Path

import pytest

from services.scheduler.sign import Sign
from tests.support.broker import VirtualHost
from tests.support.eventually import eventually
from tests.support.process import ROOT, ServiceProcess
from tests.support.scheduling import MODULE, StartService, World, leading, state_of, world

pytestmark = pytest.mark.fault


async def _pair(w: World, start: StartService) -> tuple[ServiceProcess, ServiceProcess]:
    """A leader and a standby that is ready."""
    first = start(MODULE, {**w.environment, "PRINTSWEEP_INSTANCE": "first"}, name="first")
    await leading(first)
    second = start(MODULE, {**w.environment, "PRINTSWEEP_INSTANCE": "second"}, name="second")
    await second.ready()
    assert state_of(second) == "standby"
    return first, second


async def test_one_of_two_fires_the_slots(vhost: VirtualHost, tmp_path: Path, start_service: StartService) -> None:
    async with world(vhost, tmp_path) as w:
        w.environment["PRINTSWEEP_SCHEDULER_CRON"] = "*/2 * * * * *"  # every second second
        first, second = await _pair(w, start_service)
        await w.imported(50)

        async def consumers() -> int:
            found = await w.channel.declare_queue("scheduler.command", passive=True)
            return found.declaration_result.consumer_count or 0

        async def only_one_consumes() -> bool:
            return await consumers() == 1

        await eventually(only_one_consumes)
        requests = await w.drain("poll.main.routine", 50)
        await w.finish(requests)
        requests += await w.drain("poll.main.routine", 50)
        await w.finish(requests[50:])
        assert len({r["poll_id"] for r in requests}) == len(requests)
        await eventually(lambda: len(w.told("sweep.closed")) >= 2)
        slots = [b["slot"] for b in w.told("sweep.opened")]
        assert len(slots) == len(set(slots))
        assert state_of(first) == "leader"
        assert state_of(second) == "standby"
        assert "leader.elected" not in second.log


async def test_a_killed_leader_is_followed(vhost: VirtualHost, tmp_path: Path, start_service: StartService) -> None:
    async with world(vhost, tmp_path, max_queue_size=60) as w:
        first, second = await _pair(w, start_service)
        await w.imported(500)
        sweep = await w.ask("sweep.order", {})
        await eventually(lambda: w.polls_told("polls.requested").total() >= 60)
        first.kill()
        await leading(second)
        requests = await _drain_all(w, 500)
        await w.finish(requests)
        counts = await w.closed(sweep["sweep_id"])
        assert (counts["planned"], counts["requested"], counts["done"]) == (500, 500, 500)
        # The killed one comes back as the standby.
        first.start()
        await first.ready()
        assert state_of(first) == "standby"
        assert second.stop() == 0
        await leading(first)


async def _drain_all(w: World, planned: int) -> list[dict[str, object]]:
    """Takes requests until every planned poll was seen; the same poll may come twice, another never."""
    seen: dict[str, dict[str, object]] = {}

    async def take() -> bool:
        for request in await w.drain("poll.main.routine", 0):
            seen[request["poll_id"]] = request
        return len(seen) >= planned

    await eventually(take, 40, "every planned poll in the queue")
    assert len(seen) == planned
    assert len({r["printer_id"] for r in seen.values()}) == planned
    return list(seen.values())


async def test_a_frozen_leader_is_followed_and_does_no_harm(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        first, second = await _pair(w, start_service)
        await w.imported(300)
        first.signal(signal.SIGSTOP)
        await leading(second)
        sweep = await w.ask("sweep.order", {})
        requests = await w.drain("poll.main.routine", 300)
        first.signal(signal.SIGCONT)
        await eventually(lambda: state_of(first) == "standby", 30)
        assert state_of(second) == "leader"
        await w.finish(requests)
        assert (await w.closed(sweep["sweep_id"]))["done"] == 300
        assert await w.depth("poll.main.routine") == 0
        assert [b["sweep_id"] for b in w.told("sweep.opened")] == [sweep["sweep_id"]]


async def test_a_standby_does_not_knock_while_the_leader_is_well(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        first, second = await _pair(w, start_service)
        # The leader's sign is held and kept; were it ignored, the standby would have been refused by now many times.
        sign = Sign(tmp_path / "shared-data")
        await eventually(lambda: not sign.is_down())
        kept = [sign.path.stat().st_mtime_ns]

        def is_kept() -> bool:
            if (now := sign.path.stat().st_mtime_ns) != kept[-1]:
                kept.append(now)
            assert not sign.is_down()
            return len(kept) > 3

        await eventually(is_kept)
        assert refused_tries(second) == 1
        first.kill()
        assert sign.is_down()
        await leading(second)


def refused_tries(process: ServiceProcess) -> int:
    """How often the broker refused it the lock."""
    _, text = process.get("/metrics")
    found = re.search(r"^printsweep_scheduler_lock_refused_total (\S+)", text, re.MULTILINE)
    return int(float(found[1])) if found else 0


FREEZES_IN_A_WRITE = """
import asyncio, os, signal, sys
from pathlib import Path
from services.scheduler.store import Store

async def main():
    store = Store(Path(sys.argv[1]))
    await store.open()
    await store.lead("frozen")
    async with store.transaction() as c:
        await c.execute("UPDATE leadership SET since = 'never'")
        os.kill(os.getpid(), signal.SIGSTOP)

asyncio.run(main())
"""


async def test_a_leader_frozen_in_a_write_is_ended(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        folder = tmp_path / "shared-data"
        frozen = await asyncio.create_subprocess_exec(sys.executable, "-c", FREEZES_IN_A_WRITE, str(folder), cwd=ROOT)
        try:

            def is_frozen() -> bool:
                stat = Path(f"/proc/{frozen.pid}/stat").read_text()
                return stat.rpartition(")")[2].split()[0] == "T"

            await eventually(is_frozen)
            scheduler = start_service(MODULE, w.environment)
            await leading(scheduler)
            assert await frozen.wait() == -signal.SIGKILL
            assert (await w.imported(1))["added"] == 1
        finally:
            if frozen.returncode is None:
                frozen.kill()
                await frozen.wait()
