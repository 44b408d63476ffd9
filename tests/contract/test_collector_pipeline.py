"""Requests in, results out, over a real RabbitMQ and real UDP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.models import MODELS
from lab.fleet.report import describe
from lab.fleet.settings import Settings as FleetSettings
from shared.messages.polls import PollsClosed, PollsFinished
from tests.support import VirtualHost, eventually
from tests.support.collector import Bench, Outcomes, bench, lay_topology, profiles_file, request
from tests.support.fixtures import StartService

pytestmark = pytest.mark.contract


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(FleetSettings(printers=2 * len(MODELS), paused=True)) as made:
        yield made


@pytest.fixture
async def table(vhost: VirtualHost) -> AsyncIterator[Bench]:
    await lay_topology(vhost)
    async with bench(vhost) as made:
        yield made


def environment(vhost: VirtualHost, folder: Path, **more: str) -> dict[str, str]:
    return {
        **vhost.environment,
        "PRINTSWEEP_COLLECTOR_PROFILES_FILE": str(profiles_file(folder)),
        "PRINTSWEEP_INSTANCE": "collector-1",
        **more,
    }


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
    collector = start_service("services.collector", environment(vhost, tmp_path))
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
        total = result["reading"]["counters"].get("total")
        assert (total and total["value"]) == device["total"] == closed["total"]
    assert outcomes.started == {r.poll_id for r in requests}
    await eventually(lambda: table.depth("poll.main.routine") + table.depth("poll.main.urgent") == 0, what="acks")
    assert fleet.devices[0].asked.polls == 1
    assert collector.stop() == 0
