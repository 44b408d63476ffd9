"""A broker, or the scheduler itself, that dies in the middle of a sweep."""

from pathlib import Path

import pytest

from tests.support.broker import BrokerHandle, VirtualHost
from tests.support.eventually import eventually
from tests.support.scheduling import MODULE, StartService, leading, world

pytestmark = pytest.mark.fault


async def test_a_broker_that_restarts_in_mid_sweep(
    own_broker: BrokerHandle, tmp_path: Path, start_service: StartService
) -> None:
    vhost = own_broker.new_vhost()
    async with world(vhost, tmp_path, max_queue_size=100) as w:
        scheduler = start_service(MODULE, w.environment)
        await leading(scheduler)
        await w.imported(1500)
        sweep = await w.ask("sweep.order", {})
        early = await w.drain("poll.main.routine", 300)
        await w.finish(early)
        await own_broker.kill()
    await eventually(lambda: scheduler.get("/readyz")[0] == 503)
    await own_broker.start()
    async with world(vhost, tmp_path, max_queue_size=100) as w:
        await leading(scheduler, 60)
        seen = {str(r["poll_id"]) for r in early}
        rest: dict[str, dict[str, object]] = {}

        async def take() -> bool:
            for request in await w.drain("poll.main.routine", 0):
                rest[request["poll_id"]] = request
            return len(rest.keys() | seen) >= 1500

        await eventually(take, 60, "every planned poll")
        await w.finish(early)  # results may be told twice
        await w.finish(list(rest.values()))
        counts = await w.closed(sweep["sweep_id"], 60)
        # Under 1,500 different poll ids, one for each printer: nothing was lost, nothing asked for under a second id.
        assert len(rest.keys() | seen) == 1500
        assert (counts["planned"], counts["requested"], counts["done"], counts["refused"]) == (1500, 1500, 1500, 0)


async def test_a_scheduler_that_restarts_in_mid_sweep(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path, max_queue_size=100) as w:
        scheduler = start_service(MODULE, w.environment)
        await leading(scheduler)
        await w.imported(600)
        sweep = await w.ask("sweep.order", {})
        early = await w.drain("poll.main.routine", 200)
        assert scheduler.stop() == 0
        # Results that come while nobody is there wait in the queue.
        await w.finish(early)
        scheduler.start()
        await leading(scheduler)
        # Stopped in order it leaves no window unconfirmed: nothing is published twice.
        late = await w.drain("poll.main.routine", 600 - len(early))
        await w.finish(late)
        ids = [r["poll_id"] for r in early + late]
        assert len(set(ids)) == len(ids) == 600
        counts = await w.closed(sweep["sweep_id"])
        assert (counts["requested"], counts["done"]) == (600, 600)
        assert w.polls_told("polls.requested", sweep["sweep_id"]).total() == 600
