"""Sweeps over a real broker: from the import to the closing counts."""

from pathlib import Path

import pytest

from tests.support.broker import VirtualHost
from tests.support.eventually import eventually
from tests.support.scheduling import MODULE, StartService, leading, world

pytestmark = pytest.mark.contract


async def test_a_sweep_from_import_to_closing(vhost: VirtualHost, tmp_path: Path, start_service: StartService) -> None:
    async with world(vhost, tmp_path) as w:
        scheduler = start_service(MODULE, w.environment)
        await leading(scheduler)
        assert (await w.imported(1203))["added"] == 1203
        changed = await eventually(
            lambda: sum(len(b.get("changed", [])) for b in w.told("printers.changed") if "snapshot" not in b) == 1203
        )
        assert changed
        assert all(len(b["changed"]) <= 500 for b in w.told("printers.changed"))
        versions = [b["version"] for b in w.told("printers.changed")]
        assert versions == sorted(set(versions))

        answer = await w.ask("sweep.order", {})
        assert (answer["planned"], answer["backed_off"]) == (1203, 0)
        requests = await w.drain("poll.main.routine", 1203)
        assert len({r["poll_id"] for r in requests}) == len(requests) == 1203
        await w.finish(requests[:1200])
        await w.finish(requests[1200:], "FAILED")
        counts = await w.closed(answer["sweep_id"])
        assert counts == {
            "planned": 1203,
            "requested": 1203,
            "refused": 0,
            "expired": 0,
            "dead": 0,
            "done": 1200,
            "failed": 3,
            "backed_off": 0,
        }
        assert w.polls_told("polls.requested", answer["sweep_id"]).total() == 1203
        assert [b["sweep_id"] for b in w.told("sweep.opened")] == [answer["sweep_id"]]
        assert scheduler.stop() == 0
