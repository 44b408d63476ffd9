"""A collector that is stopped, killed, or cannot get rid of its results: no poll is lost."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aio_pika
import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.settings import Settings as FleetSettings
from shared.messages.polls import PollRequest
from shared.topology.options import TopologyOptions
from tests.support import TcpProxy, VirtualHost, eventually
from tests.support.collector import PATIENT_S, Bench, Outcomes, bench, environment, lay_topology, profiles_file, request
from tests.support.fixtures import StartService

pytestmark = [pytest.mark.contract, pytest.mark.fault]

ROUTINE = "poll.main.routine"


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(FleetSettings(printers=40, models=("kyocera-mono", "hp-laserjet"), paused=True)) as made:
        yield made


def requests_for(fleet: Fleet, behaviour: str | None = None, **more: Any) -> list[PollRequest]:
    for device in fleet.devices:
        device.behaviour = behaviour or device.behaviour
    return [request(d.ip, fleet.port, printer_id=n, **more) for n, d in enumerate(fleet.devices, 1)]


async def test_sigterm_hands_back_what_is_not_started_and_finishes_the_rest(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    requests = requests_for(fleet, "dead", budget_s=60.0)
    # Five places for routine polls, which nobody leaves while no printer answers.
    few = {"CONCURRENCY": "6", "URGENT_RESERVE": "1", "SLOW_PLACES": "0"}
    values = environment(vhost, tmp_path, **{f"PRINTSWEEP_COLLECTOR_{name}": value for name, value in few.items()})
    profiles_file(tmp_path, timeout_s=2.0, retries=10)
    collector = start_service("services.collector", values)
    await table.put(*requests)

    def asked() -> set[str]:
        return {device.ip for device in fleet.devices if device.asked.polls}

    await eventually(lambda: len(asked()) == 5, what="the first polls")
    collector.signal(signal.SIGTERM)

    async def others_are_back() -> bool:
        return await table.ready(ROUTINE) == len(requests) - 5

    await eventually(others_are_back, what="what was not begun being back in its queue")
    for device in fleet.devices:
        device.behaviour = "ok"
    assert await collector.ended() == 0
    outcomes = Outcomes(table)
    await outcomes.gather()
    begun = {r.poll_id for r in requests if r.address in asked()}
    assert len(begun) == 5
    assert set(outcomes.results) == set(outcomes.closed) == outcomes.started == begun, "what was begun was finished"
    assert {found[0]["state"] for found in outcomes.results.values()} == {"DONE"}
    assert await others_are_back(), "and was acked, and nothing else was"
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


async def block_the_record(vhost: VirtualHost, table: Bench) -> int:
    """Makes status.record refuse everything. Returns how many messages stand in it.

    The broker's limit is soft: a queue that has just reached it still takes a few messages, and one of them may carry
    the results of all polls. Whoever publishes for the first time to a queue that is full already is refused at once.
    """
    blocked = {
        "pattern": r"^status\.record$",
        "definition": {"max-length": 0, "overflow": "reject-publish"},
        "apply-to": "queues",
        "priority": 99,
    }
    vhost.api("PUT", "policies/{vhost}/blocked", blocked)

    async def refuses() -> bool:
        try:
            await table.channel.default_exchange.publish(aio_pika.Message(b"{}", type="filler"), "status.record")
        except aio_pika.exceptions.DeliveryError:
            return True
        return False

    await eventually(refuses, what="status.record being full")
    return await table.ready("status.record")


async def test_requests_are_acked_only_after_their_results_are_confirmed(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    """With status.record full: nothing is acked; after a while everything is handed back; nothing is lost, and nothing
    is read again. Thirty printers have answered before the pause, ten answer while it lasts."""
    fillers = await block_the_record(vhost, table)
    requests = requests_for(fleet, "dead", budget_s=60.0)
    values = environment(vhost, tmp_path, PRINTSWEEP_COLLECTOR_PAUSE_AFTER_S="2")
    profiles_file(tmp_path, timeout_s=2.0, retries=10)  # patience with those who are made to answer late
    collector = start_service("services.collector", values)
    await table.put(*requests)
    # No result comes before all are asked, so all have a place before the pause can come.
    await eventually(lambda: {d.asked.polls for d in fleet.devices} == {1}, what="all printers being asked")
    assert "collector.paused" not in collector.log
    for device in fleet.devices[:30]:
        device.behaviour = "ok"
    await eventually(lambda: "collector.paused" in collector.log, what="the pause")
    for device in fleet.devices[30:]:
        device.behaviour = "ok"

    async def all_back() -> bool:
        return await table.ready(ROUTINE) == len(requests)

    await eventually(all_back, what="every request being back in its queue")
    waiting = f"printsweep_collector_results_waiting {float(len(requests))}"
    assert waiting in collector.get("/metrics")[1], "every result is kept"
    assert await table.ready("status.record") == fillers, "nothing got in"
    vhost.api("DELETE", "policies/{vhost}/blocked")
    outcomes = Outcomes(table)
    await outcomes.until(requests)
    await eventually(lambda: "collector.resumed" in collector.log, what="the end of the pause")

    async def emptied() -> bool:
        return await table.ready(ROUTINE) == 0

    await eventually(emptied, what="the handed-back requests being taken again")
    assert collector.stop() == 0
    assert await table.ready(ROUTINE) == 0, "all are acked"
    await outcomes.gather()
    assert {len(found) for found in outcomes.results.values()} == {1}, "what was kept was not told twice"
    assert all(found[0]["state"] == "DONE" for found in outcomes.results.values())
    assert {d.asked.polls for d in fleet.devices} == {1}, "what was kept was not read again"


async def test_a_lost_connection_to_the_broker_loses_no_result(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    port = int(vhost.amqp_url.rsplit(":", 1)[1].split("/")[0])
    async with TcpProxy(port) as proxy:
        url = vhost.amqp_url.replace(f":{port}/", f":{proxy.port}/")
        more = {"PRINTSWEEP_AMQP_URL": url, "PRINTSWEEP_COLLECTOR_PAUSE_AFTER_S": "1"}
        values = environment(vhost, tmp_path, PATIENT_S, **more)
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
