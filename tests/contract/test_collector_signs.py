"""What a running collector tells about itself: its beat, its health and its metrics."""

from pathlib import Path

import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.settings import Settings as FleetSettings
from shared.messages.beats import ServiceBeat
from tests.support import VirtualHost, eventually
from tests.support.collector import Outcomes, bench, environment, lay_topology, request
from tests.support.fixtures import StartService

pytestmark = pytest.mark.contract


async def test_beats_health_and_metrics(vhost: VirtualHost, start_service: StartService, tmp_path: Path) -> None:
    await lay_topology(vhost)
    values = environment(vhost, tmp_path, PRINTSWEEP_BEAT_INTERVAL_S="0.3")
    async with Fleet(FleetSettings(printers=6, paused=True)) as fleet, bench(vhost) as table:
        fleet.devices[1].behaviour = "dead"
        fleet.devices[2].behaviour = "garbage"
        collector = start_service("services.collector", values)
        await collector.ready()
        requests = [request(d.ip, fleet.port) for d in fleet.devices]
        await table.put(*requests)
        await Outcomes(table).until(requests)
        status, metrics = collector.get("/metrics")
        assert status == 200
        assert 'printsweep_collector_polls_total{code="no_answer",state="FAILED"}' in metrics
        assert 'printsweep_collector_polls_total{code="",state="DONE"}' in metrics
        assert 'printsweep_collector_rejected_total{reason="malformed"}' in metrics
        assert collector.get("/livez")[0] == 200

        async def told() -> ServiceBeat | None:
            beats = [ServiceBeat.model_validate(body) for _, body in await table.take("status.beats")]
            return next((b for b in beats if b.done >= len(requests)), None)

        beat = await eventually(told, what="a beat that counts all polls")
        assert beat is not None
        assert (beat.role, beat.state, beat.failed) == ("collector", "running", 0)
        assert beat.detail["sites"] == "main"
        assert beat.detail["receive_buffer_bytes"] > 100_000  # type: ignore[operator]
