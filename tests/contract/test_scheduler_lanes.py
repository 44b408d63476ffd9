"""Queues that are full, missing or slow: each lane waits alone, and what cannot be published is said to be refused."""

import json
from pathlib import Path

import pytest

from tests.support.broker import VirtualHost
from tests.support.eventually import eventually
from tests.support.process import ServiceProcess
from tests.support.scheduling import MODULE, StartService, leading, world

pytestmark = pytest.mark.contract


async def test_a_full_queue_waits_alone_and_then_refuses(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    # An interval of 16 s: what is left after 8 s is refused. The TTL of the routine queues is 16 s as well.
    async with world(vhost, tmp_path, sites=("main", "other"), max_queue_size=50, poll_interval_s=16.0) as w:
        await leading(start_service(MODULE, w.environment))
        await w.imported(700, "main", 1)
        await w.imported(40, "other", 2)
        sweep = await w.ask("sweep.order", {})
        assert sweep["planned"] == 740
        # The other site and the urgent lane go on while main's queue is full and main's polls wait.
        await w.finish(await w.drain("poll.other.routine", 40))
        order = await w.ask("poll.order", {"printer_ids": [1, 2]})
        assert {p["state"] for p in order["polls"]} == {"PENDING"}
        assert len(await w.drain("poll.main.urgent", 2)) == 2
        assert not w.told("polls.refused")
        requested = w.polls_told("polls.requested", sweep["sweep_id"])

        refused = await eventually(lambda: w.polls_told("polls.refused", sweep["sweep_id"]), 30)
        assert {b["reason"] for b in w.told("polls.refused")} == {"queue_full"}
        counts = await w.closed(sweep["sweep_id"], 60)
        requested = w.polls_told("polls.requested", sweep["sweep_id"])
        refused = w.polls_told("polls.refused", sweep["sweep_id"])
        assert counts["planned"] == 740 == counts["requested"] + counts["refused"]
        # Nobody collects for main: what its queue took expires in it.
        assert (counts["done"], counts["expired"]) == (40, counts["requested"] - 40)
        assert counts["requested"] == requested.total() == len(requested)
        assert counts["refused"] == refused.total() == len(refused)
        assert not requested.keys() & refused.keys()
        assert counts["refused"] >= 200


async def test_a_full_queue_that_drains_is_filled_again(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path, max_queue_size=50) as w:
        scheduler = start_service(MODULE, w.environment)
        await leading(scheduler)
        await w.imported(900)
        sweep = await w.ask("sweep.order", {})
        await eventually(lambda: "lane.full" in scheduler.log)
        requests = await w.drain("poll.main.routine", 900, 60)
        assert len({r["poll_id"] for r in requests}) == len(requests) == 900
        await w.finish(requests)
        counts = await w.closed(sweep["sweep_id"])
        assert (counts["requested"], counts["refused"], counts["done"]) == (900, 0, 900)


async def test_a_site_without_a_queue_is_refused_at_once(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        await leading(start_service(MODULE, w.environment))
        await w.imported(600, "nowhere")
        await w.imported(5, "main", 2)
        sweep = await w.ask("sweep.order", {})
        await w.finish(await w.drain("poll.main.routine", 5))
        counts = await w.closed(sweep["sweep_id"])
        assert (counts["planned"], counts["refused"], counts["requested"], counts["done"]) == (605, 600, 5, 5)
        assert {b["reason"] for b in w.told("polls.refused")} == {"no_queue_for_site"}
        assert {p["site"] for b in w.told("polls.refused") for p in b["polls"]} == {"nowhere"}


async def test_expired_and_dead_requests_end_their_polls(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path, poll_interval_s=6.0) as w:
        await leading(start_service(MODULE, w.environment))
        await w.imported(700)
        sweep = await w.ask("sweep.order", {})
        await eventually(lambda: w.polls_told("polls.requested", sweep["sweep_id"]).total() == 700)
        queue = await w.queue("poll.main.routine")
        message = await queue.get()
        assert message is not None
        await message.reject()  # as the broker does with a message that nobody can handle
        dead = json.loads(message.body)["poll_id"]
        counts = await w.closed(sweep["sweep_id"], 60)
        assert (counts["dead"], counts["expired"], counts["requested"]) == (1, 699, 700)
        expired = w.polls_told("polls.expired", sweep["sweep_id"])
        assert len(expired) == expired.total() == 699
        assert dead not in expired


async def test_a_result_that_never_comes_expires_by_the_clock(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path, poll_interval_s=4.0) as w:
        limits = {"PRINTSWEEP_SCHEDULER_BUDGET_S": "1", "PRINTSWEEP_SCHEDULER_GRACE_S": "1"}
        await leading(start_service(MODULE, {**w.environment, **limits}))
        await w.imported(10)
        sweep = await w.ask("sweep.order", {})
        requests = await w.drain("poll.main.routine", 10)  # taken, and never heard of again
        await w.finish(requests[:4])
        counts = await w.closed(sweep["sweep_id"], 60)
        assert (counts["done"], counts["expired"]) == (4, 6)
        # Late results change no count, and are no failure.
        await w.finish(requests[4:])
        again = await w.ask("sweep.order", {})
        assert again["planned"] == 10


async def test_polls_per_second_are_limited_by_site(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        await leading(start_service(MODULE, {**w.environment, "PRINTSWEEP_SCHEDULER_MAX_POLLS_PER_SECOND": "40"}))
        await w.imported(100)
        sweep = await w.ask("sweep.order", {})
        assert len(await w.drain("poll.main.routine", 100)) == 100
        # In portions of half a second: no burst of the whole sweep.
        portions = [len(b["polls"]) for b in w.told("polls.requested") if b["sweep_id"] == sweep["sweep_id"]]
        assert max(portions) <= 20


async def test_a_full_record_holds_up_events_but_no_polls(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        scheduler = start_service(MODULE, w.environment)
        await leading(scheduler)
        await w.imported(400)
        await eventually(lambda: w.told("printers.changed"))
        await w.close_ears()
        tight = {"max-length": 1, "overflow": "reject-publish"}
        policy = {"pattern": r"^status\.record$", "definition": tight, "apply-to": "queues", "priority": 99}
        vhost.api("PUT", "policies/{vhost}/tight", policy)
        sweeps = []
        for _ in range(3):
            sweeps.append((await w.ask("sweep.order", {}))["sweep_id"])
            await w.finish(await w.drain("poll.main.routine", 400))
            await eventually(lambda: closed_in_log(scheduler) == sweeps)
        await eventually(lambda: "outbox.waits" in scheduler.log)
        vhost.api("DELETE", "policies/{vhost}/tight")
        await w.listen()
        # Everything is told in the end, and in order.
        await w.closed(sweeps[-1])
        story = [(name, b["sweep_id"]) for name, b in w.record if name.startswith("sweep.")]
        assert story == [(name, sweep_id) for sweep_id in sweeps for name in ("sweep.opened", "sweep.closed")]


def closed_in_log(scheduler: ServiceProcess) -> list[str]:
    return [line["sweep_id"] for line in scheduler.log_lines if line["event"] == "sweep.closed"]


async def test_rubbish_in_a_poll_queue_dies_once(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        scheduler = start_service(MODULE, w.environment)
        await leading(scheduler)
        await w.send("work", "poll.main.urgent", "poll.request", {"poll_id": "x"})
        await w.send("work", "poll.main.urgent", "sweep.order", {})
        queue = await w.queue("poll.main.urgent")
        for _ in range(2):
            message = await queue.get()
            assert message is not None
            await message.reject()
        await eventually(lambda: scheduler.log.count("feedback.skipped") == 2)

        async def both_are_kept() -> bool:
            return await w.depth("dead.poll") == 2

        await eventually(both_are_kept)
        assert await w.depth("dead.record") == 0
        assert await w.depth("scheduler.feedback") == 0
