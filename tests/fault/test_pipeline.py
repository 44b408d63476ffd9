"""The whole pipeline under bad luck: nothing is lost unaccounted, nothing is done twice."""

import asyncio
import contextlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shared.topology.options import TopologyOptions
from tests.support import BrokerHandle, VirtualHost, eventually
from tests.support.pipeline import Pipeline, pipeline
from tests.support.poisoned_collector import POISON

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

SLOW = ("--slow", "0.5", "--slow-delay", "0.4")  # so that there is a middle of a sweep


async def _all_accounted(run: Pipeline, sweep_id: str, printers: int) -> dict[str, Any]:
    """The sweep's end: living printers DONE, dead ones FAILED, nothing else, and one reading each."""
    sweep = await run.until(sweep_id, state="closed")
    devices = await run.devices()
    dead = sum(d["behaviour"] == "dead" for d in devices)
    assert (sweep["done"], sweep["failed"]) == (printers - dead, dead), sweep
    assert (sweep["refused"], sweep["expired"], sweep["dead"]) == (0, 0, 0), sweep
    polls = await run.items(f"/api/polls?sweep_id={sweep_id}")
    assert len({p["poll_id"] for p in polls}) == len({p["printer_id"] for p in polls}) == printers
    readings = Counter(r["printer_id"] for r in await run.items("/api/readings"))
    assert set(readings.values()) == {1}
    assert len(readings) == printers - dead
    return sweep


async def test_a_collector_killed_in_mid_sweep_costs_nothing(vhost: VirtualHost, tmp_path: Path) -> None:
    async with pipeline(vhost, tmp_path, printers=300, fleet=("--dead", "0.02", *SLOW)) as run:
        sweep_id = await run.sweep()
        await run.until(sweep_id, done=20)
        assert (await run.get(f"/api/sweeps/{sweep_id}"))["state"] == "open"
        run.services["collector-1"].kill()
        await _all_accounted(run, sweep_id, 300)
        assert (await run.get("/api/dead"))["items"] == []


async def test_two_schedulers_poll_each_printer_once(vhost: VirtualHost, tmp_path: Path) -> None:
    # Short slots: two that both led would have polled everything twice over.
    settings = {"POLL_INTERVAL_MINUTES": "60"}
    async with pipeline(vhost, tmp_path, printers=60, settings=settings) as run:
        await run.start_scheduler("scheduler-2").ready()

        async def states() -> list[str]:
            return sorted(s["state"] for s in await run.items("/api/services") if s["role"] == "scheduler")

        await eventually(lambda: _equal(states(), ["leader", "standby"]))
        sweep_id = await run.sweep()
        await _all_accounted(run, sweep_id, 60)
        assert {d["asked"]["polls"] for d in await run.devices()} == {1}
        # The leader goes; the other one leads the next sweep.
        run.services["scheduler"].kill()
        await eventually(lambda: _contains(states(), "leader"), 40)
        again = await eventually(lambda: _ordered(run), 40)
        await run.until(again, state="closed", done=60)
        assert {d["asked"]["polls"] for d in await run.devices()} == {2}


async def _equal(value: Any, wanted: object) -> bool:
    return bool(await value == wanted)


async def _contains(value: Any, wanted: object) -> bool:
    return wanted in await value


async def _ordered(run: Pipeline) -> str:
    with contextlib.suppress(AssertionError):  # no leader yet: the API answers 504
        return await run.sweep()
    return ""


async def test_without_collectors_the_queue_stops_at_its_limit_and_everybody_says_why(
    vhost: VirtualHost, tmp_path: Path
) -> None:
    settings = {"MAX_QUEUE_SIZE": "100", "POLL_INTERVAL_MINUTES": "0.5", "PRINTSWEEP_SCHEDULER_CRON": "0 0 1 1 *"}
    options = TopologyOptions(max_queue_size=100, poll_interval_s=600)
    async with pipeline(
        vhost, tmp_path, printers=500, collectors=0, fleet=("--dead", "0.02"), settings=settings, options=options
    ) as run:
        sweep_id = await run.sweep()
        await run.until(sweep_id, requested=100)
        # Limits are soft: one publish window may stand above them.
        waiting = await run.get(f"/api/sweeps/{sweep_id}")
        assert waiting["requested"] <= 100 + 200
        refused = await run.until(sweep_id, refused=1)
        assert refused["requested"] + refused["refused"] == 500
        assert refused["refused_reasons"] == {"queue_full": refused["refused"]}

        async def findings() -> set[str]:
            return {f["id"] for f in (await run.get("/api/health"))["findings"]}

        await eventually(lambda: _superset(findings(), {"queue_no_consumers", "sweep_refused"}), 40)
        page = await run._text(run.api_url + "/")
        assert "poll.main.routine" in page
        assert "refused" in page.lower()
        # Collectors come: the queue drains, and the next sweep has everybody.
        run.start_collector("collector-1")
        run.start_collector("collector-2")
        await run.until(sweep_id, state="closed")
        again = await run.sweep(force=True)
        dead = sum(d["behaviour"] == "dead" for d in await run.devices())
        closed = await run.until(again, state="closed")
        assert (closed["done"], closed["failed"], closed["refused"]) == (500 - dead, dead, 0)


async def _superset(value: Any, wanted: set[str]) -> bool:
    return bool(await value >= wanted)


async def test_a_broker_that_restarts_in_mid_sweep_loses_no_poll(own_broker: BrokerHandle, tmp_path: Path) -> None:
    vhost = own_broker.new_vhost()
    async with pipeline(vhost, tmp_path, printers=300, fleet=SLOW) as run:
        sweep_id = await run.sweep()
        await run.until(sweep_id, done=20)
        await own_broker.restart()
        await _all_accounted(run, sweep_id, 300)


async def test_one_poisonous_printer_dies_alone(vhost: VirtualHost, tmp_path: Path) -> None:
    module = "tests.support.poisoned_collector"
    async with pipeline(vhost, tmp_path, printers=40, collectors=1, collector_module=module) as run:
        for lane in ("routine", "urgent"):  # twenty deliveries are right for production and long for a test
            path = f"policies/{{vhost}}/printsweep%3Apoll.%2A.{lane}"
            policy = vhost.api("GET", path)
            vhost.api("PUT", path, policy | {"definition": policy["definition"] | {"delivery-limit": 3}})
        sweep_id = await run.sweep()
        keeping = asyncio.create_task(_keep_alive(run, "collector-1"))
        try:
            sweep = await run.until(sweep_id, state="closed")
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
        assert (sweep["done"], sweep["dead"], sweep["expired"]) == (39, 1, 0), sweep
        [poll] = [p for p in await run.items(f"/api/polls?sweep_id={sweep_id}") if p["state"] == "DEAD"]
        assert poll["address"].startswith(POISON)
        [letter] = await eventually(lambda: run.items("/api/dead"))
        assert (letter["queue"], letter["kind"], letter["reason"]) == ("dead.poll", "poll.request.v1", "delivery_limit")


async def _keep_alive(run: Pipeline, name: str) -> None:
    """The supervisor's part."""
    while True:
        process = run.services[name]
        await eventually(lambda: not process.is_running, 120)  # noqa: B023 - awaited within the turn
        process.start()
