"""A collector that is stopped, killed, or cannot get rid of its results: no poll is lost."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.settings import Settings as FleetSettings
from shared.messages.polls import PollRequest
from shared.topology.options import TopologyOptions
from tests.support import TcpProxy, VirtualHost, eventually
from tests.support.collector import Bench, Outcomes, bench, environment, lay_topology, request
from tests.support.fixtures import StartService

pytestmark = [pytest.mark.contract, pytest.mark.fault]

ROUTINE = "poll.main.routine"


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(FleetSettings(printers=40, models=("kyocera-mono", "hp-laserjet"), paused=True)) as made:
        yield made


@pytest.fixture
async def table(vhost: VirtualHost) -> AsyncIterator[Bench]:
    await lay_topology(vhost)
    async with bench(vhost) as made:
        yield made


def requests_for(fleet: Fleet, behaviour: str | None = None) -> list[PollRequest]:
    for device in fleet.devices:
        device.behaviour = behaviour or device.behaviour
    return [request(d.ip, fleet.port, printer_id=n) for n, d in enumerate(fleet.devices, 1)]


async def test_sigterm_hands_back_what_is_not_started_and_finishes_the_rest(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    requests = requests_for(fleet, "slow")
    few = {"PRINTSWEEP_COLLECTOR_CONCURRENCY": "6", "PRINTSWEEP_COLLECTOR_URGENT_RESERVE": "1"}
    collector = start_service("services.collector", environment(vhost, tmp_path, **few))
    await table.put(*requests)
    outcomes = Outcomes(table)

    async def begun() -> bool:
        await outcomes.gather()
        return len(outcomes.started) >= 5

    await eventually(begun, what="the first polls")
    collector.signal(signal.SIGTERM)
    assert await collector.ended() == 0
    await outcomes.gather()
    assert set(outcomes.results) == set(outcomes.closed) == outcomes.started, "what was begun was finished"
    assert len(outcomes.results) < len(requests)
    left = await table.ready(ROUTINE)
    assert left == len(requests) - len(outcomes.results), "all others are back in their queue"
    for device in fleet.devices:
        device.behaviour = "ok"
    collector.start()
    await outcomes.until(requests)
    assert {len(found) for found in outcomes.results.values()} == {1}


async def test_a_killed_collector_loses_no_poll(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    requests = requests_for(fleet, "slow")
    victim = start_service("services.collector", environment(vhost, tmp_path), name="victim")
    await table.put(*requests)
    outcomes = Outcomes(table)

    async def begun() -> bool:
        await outcomes.gather()
        return len(outcomes.started) >= 20

    await eventually(begun, what="the first polls")
    victim.kill()
    for device in fleet.devices:
        device.behaviour = "ok"
    heir = start_service("services.collector", environment(vhost, tmp_path), name="heir")
    await outcomes.until(requests)
    assert all(found[-1]["state"] == "DONE" for found in outcomes.results.values())
    assert heir.stop() == 0
    assert await table.ready(ROUTINE) == 0, "all are acked"


@pytest.mark.xfail(strict=False, reason="races with the pause on a busy machine; under repair")
async def test_requests_are_acked_only_after_their_results_are_confirmed(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    """With status.record full: nothing is acked; after a while everything is handed back; nothing is lost."""
    blocked = {
        "pattern": r"^status\.record$",
        "definition": {"max-length": 0, "overflow": "reject-publish"},
        "apply-to": "queues",
        "priority": 99,
    }
    vhost.api("PUT", "policies/{vhost}/blocked", blocked)

    async def refuses() -> bool:
        return vhost.api("GET", "queues/{vhost}/status.record").get("policy") == "blocked"

    await eventually(refuses, what="the policy being in force")
    requests = requests_for(fleet)
    soon = {"PRINTSWEEP_COLLECTOR_PAUSE_AFTER_S": "2"}
    collector = start_service("services.collector", environment(vhost, tmp_path, **soon))
    await table.put(*requests)
    await eventually(lambda: "collector.paused" in collector.log, 60, "the pause")

    # The limit is soft: a message or two may have got in before the queue refused.
    async def emptied() -> bool:
        return await table.ready(ROUTINE) == 0

    (kept,) = [line["results_kept"] for line in collector.log_lines if line["event"] == "collector.paused"]
    assert kept >= 1  # how many are finished by then is the machine's business

    async def all_back() -> bool:
        return await table.ready(ROUTINE) == kept

    await eventually(all_back, what="every request without a confirmed result being back in its queue")
    vhost.api("DELETE", "policies/{vhost}/blocked")
    outcomes = Outcomes(table)
    await outcomes.until(requests)
    await eventually(lambda: "collector.resumed" in collector.log, what="the end of the pause")
    await eventually(emptied, what="the handed-back requests being taken again")
    assert collector.stop() == 0
    assert await table.ready(ROUTINE) == 0, "all are acked"
    await outcomes.gather()
    assert {len(found) for found in outcomes.results.values()} == {1}, "what was kept was not read again"
    assert {d.asked.polls for d in fleet.devices} == {1}


async def test_a_lost_connection_to_the_broker_loses_no_result(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    port = int(vhost.amqp_url.rsplit(":", 1)[1].split("/")[0])
    async with TcpProxy(port) as proxy:
        url = vhost.amqp_url.replace(f":{port}/", f":{proxy.port}/")
        values = environment(vhost, tmp_path, PRINTSWEEP_AMQP_URL=url, PRINTSWEEP_COLLECTOR_PAUSE_AFTER_S="1")
        collector = start_service("services.collector", values)
        await collector.ready()
        requests = requests_for(fleet, "slow")
        await table.put(*requests)
        outcomes = Outcomes(table)

        async def begun() -> bool:
            await outcomes.gather()
            return len(outcomes.started) >= 10

        await eventually(begun, what="the first polls")
        await proxy.refuse()
        await eventually(lambda: collector.log.count("broker.lost") >= 2, what="the loss being seen")
        await eventually(lambda: "collector.paused" in collector.log, 60, "the pause")
        await proxy.resume()
        await outcomes.until(requests)
        await eventually(lambda: "collector.resumed" in collector.log, what="the end of the pause")
        assert all(found[-1]["state"] == "DONE" for found in outcomes.results.values())
        assert {d.asked.polls for d in fleet.devices} == {1}, "what was read before the loss is not read again"

        async def emptied() -> bool:
            return await table.ready(ROUTINE) == 0

        await eventually(emptied, what="the redelivered requests being taken")
        assert collector.stop() == 0
        assert await table.ready(ROUTINE) == 0, "all are acked"


async def test_full_queues_of_two_sites_are_read_by_their_own_collectors(
    vhost: VirtualHost, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    await lay_topology(vhost, TopologyOptions(sites=("north", "south")))
    async with bench(vhost) as table:
        requests = [
            request(d.ip, fleet.port, printer_id=n, site=("north", "south")[n % 2])
            for n, d in enumerate(fleet.devices, 1)
        ]
        await table.put(*requests)
        sites = {"PRINTSWEEP_SITES": "north,south"}
        for site in ("north", "south"):
            own = sites | {"PRINTSWEEP_COLLECTOR_SITES": site, "PRINTSWEEP_INSTANCE": f"of-{site}"}
            start_service("services.collector", environment(vhost, tmp_path, **own), name=site)
        outcomes = Outcomes(table)
        await outcomes.until(requests)
        assert {r["site"] for found in outcomes.results.values() for r in found} == {"north", "south"}
