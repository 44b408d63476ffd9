"""Requests in, results out, over a real RabbitMQ and real UDP."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.models import MODELS
from lab.fleet.report import describe
from lab.fleet.settings import Settings as FleetSettings
from shared.messages.polls import PollsClosed, PollsFinished
from tests.support import VirtualHost, eventually
from tests.support.collector import PATIENT_S, Bench, Outcomes, environment, request
from tests.support.fixtures import StartService

pytestmark = pytest.mark.contract


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(FleetSettings(printers=2 * len(MODELS), paused=True)) as made:
        yield made


def profile_of(device: dict[str, object]) -> str:
    return "lab-v1" if device["version"] == "1" else "lab"


async def test_every_request_ends_as_started_finished_closed_and_is_acked(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    devices = [describe(d, fleet.port) for d in fleet.devices]
    requests = [
        request(d["address"], fleet.port, printer_id=n, profile=profile_of(d), lane=("routine", "urgent")[n % 2])
        for n, d in enumerate(devices, 1)
    ]
    await table.put(*requests)
    collector = start_service("services.collector", environment(vhost, tmp_path, PATIENT_S))
    outcomes = Outcomes(table)
    await outcomes.until(requests)
    for sent, device in zip(requests, devices, strict=True):
        (result,) = outcomes.results[sent.poll_id]
        (closed,) = outcomes.closed[sent.poll_id]
        PollsFinished.model_validate({"collector": "collector-1", "results": [result]})
        PollsClosed.model_validate({"collector": "collector-1", "at": result["read_at"], "polls": [closed]})
        assert result["state"] == "DONE", result["error"]
        assert (result["printer_id"], result["sweep_id"]) == (sent.printer_id, "s1")
        assert result["reading"]["identity"]["serial"] == device["serial"] == closed["serial"]
        counters = result["reading"]["counters"]
        total, standard = counters.get("total"), counters.get("marker_1") or counters.get("total")
        assert (total and total["value"]) == closed["total"]  # a maker's own total stands before the life count
        assert (standard and standard["value"]) == device["total"]
    assert outcomes.started == {r.poll_id for r in requests}
    assert collector.stop() == 0
    assert await table.ready("poll.main.routine") + await table.ready("poll.main.urgent") == 0, "all are acked"
    assert {d.asked.polls for d in fleet.devices} == {1}


async def test_what_a_profile_does_not_permit_is_parked_and_nothing_is_sent(
    vhost: VirtualHost, table: Bench, start_service: StartService, tmp_path: Path
) -> None:
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(("127.0.0.1", 0))
    stranger.setblocking(False)
    with stranger:
        await table.put(request("127.0.0.1", stranger.getsockname()[1]))
        start_service("services.collector", environment(vhost, tmp_path))
        await eventually(lambda: table.ready("dead.poll"), what="a dead letter")
        with pytest.raises(BlockingIOError):
            stranger.recv(1000)
    queue = await table.channel.get_queue("dead.poll", ensure=False)
    letter = await queue.get()
    await letter.ack()
    assert letter.headers["x-error-type"] == "NotPermitted"
    assert "127.0.0.1 is in none of the networks" in str(letter.headers["x-error-message"])
    assert "public" not in str(letter.headers)
    assert await table.ready("status.record") == 0, "a parked poll is not told as started"


async def test_what_cannot_be_read_is_a_failed_result_with_its_reason(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    dead, garbage, fine = fleet.devices[:3]
    dead.behaviour, garbage.behaviour = "dead", "garbage"
    requests = {
        "no_answer": request(dead.ip, fleet.port),
        "nonsense": request(garbage.ip, fleet.port),
        "unknown_profile": request(fine.ip, fleet.port, profile="nobody"),
        "unknown_address": request("no-such-host.invalid", fleet.port),
        "none": request(fine.ip, fleet.port),
    }
    start_service("services.collector", environment(vhost, tmp_path))
    await table.put(*requests.values())
    outcomes = Outcomes(table)
    await outcomes.until(list(requests.values()))
    for code, sent in requests.items():
        (result,) = outcomes.results[sent.poll_id]
        assert (result["error"] or {"code": "none"})["code"] == code
        assert result["state"] == ("DONE" if code == "none" else "FAILED")
        assert (result["reading"] is None) == (code != "none")
    assert outcomes.results[requests["no_answer"].poll_id][0]["error"]["text"].startswith(
        "The printer does not answer."
    )


async def test_a_request_that_comes_twice_is_read_once(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    device = fleet.devices[0]
    sent = request(device.ip, fleet.port)
    collector = start_service("services.collector", environment(vhost, tmp_path, PATIENT_S))
    await table.put(sent, sent, sent)
    outcomes = Outcomes(table)
    await outcomes.until([sent])
    await table.put(sent)
    last = request(fleet.devices[1].ip, fleet.port)
    await table.put(last)
    await outcomes.until([last])
    assert collector.stop() == 0
    assert await table.ready("poll.main.routine") == 0, "all are acked"
    assert len(outcomes.results[sent.poll_id]) == len(outcomes.closed[sent.poll_id]) == 1
    assert device.asked.polls == 1


async def test_urgent_polls_overtake_a_house_full_of_routine_ones(
    vhost: VirtualHost, table: Bench, fleet: Fleet, start_service: StartService, tmp_path: Path
) -> None:
    for device in fleet.devices[1:]:
        device.behaviour = "dead"
    routine = [request(fleet.devices[1 + n % 20].ip, fleet.port, budget_s=10) for n in range(60)]
    more = {"PRINTSWEEP_COLLECTOR_CONCURRENCY": "4", "PRINTSWEEP_COLLECTOR_URGENT_RESERVE": "1"}
    start_service("services.collector", environment(vhost, tmp_path, **more))
    await table.put(*routine)
    outcomes = Outcomes(table)

    async def begun() -> bool:
        await outcomes.gather()
        return len(outcomes.started) >= 3

    await eventually(begun, what="the first three routine polls")
    urgent = request(fleet.devices[0].ip, fleet.port, lane="urgent")
    await table.put(urgent)
    await outcomes.until([urgent])
    assert len(outcomes.results) < len(routine) / 2


async def test_the_profiles_file_must_be_there_and_right(
    vhost: VirtualHost, start_service: StartService, tmp_path: Path
) -> None:
    values = environment(vhost, tmp_path)
    without = start_service(
        "services.collector", values | {"PRINTSWEEP_COLLECTOR_PROFILES_FILE": str(tmp_path / "gone.toml")}
    )
    assert await without.ended() == 78
    assert "gone.toml cannot be read" in without.log
