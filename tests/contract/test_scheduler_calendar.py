"""Slots, the daily GLPI pass, beats and rights over a real broker."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from services.scheduler.clock import stamp
from services.scheduler.nightly import Nightly
from services.scheduler.store import Store
from shared.broker.publisher import Publisher
from shared.management import Management
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import VirtualHost
from tests.support.clock import FakeClock
from tests.support.eventually import eventually
from tests.support.scheduling import MODULE, StartService, leading, world

pytestmark = pytest.mark.contract


async def test_slots_fire_by_themselves(vhost: VirtualHost, tmp_path: Path, start_service: StartService) -> None:
    async with world(vhost, tmp_path, poll_interval_s=3.0) as w:
        w.environment["PRINTSWEEP_SCHEDULER_CRON"] = ""
        scheduler = start_service(MODULE, w.environment)
        await leading(scheduler)
        await w.imported(20)
        requests = await w.drain("poll.main.routine", 20)
        await w.finish(requests)
        sweep_id = str(requests[0]["sweep_id"])
        assert (await w.closed(sweep_id))["done"] == 20
        opened = next(b for b in w.told("sweep.opened") if b["sweep_id"] == sweep_id)
        assert opened["reason"] == "scheduled"
        assert datetime.fromisoformat(opened["slot"]).timestamp() % 3 == 0

        beats = await w.queue("status.beats")

        async def last_beat() -> dict[str, object]:
            found: dict[str, object] = {}
            while (message := await beats.get(fail=False)) is not None:
                found = json.loads(message.body)
                await message.ack()
            return found if found.get("state") == "leader" else {}

        detail = (await eventually(last_beat))["detail"]
        assert isinstance(detail, dict)
        assert detail["printers"] == detail["enabled"] == 20
        assert detail["is_leader"] is True
        assert detail["term"] == 1
        assert detail["last_slot_at"] <= stamp(datetime.now(UTC))
        assert {"next_slot_at", "open_sweeps", "outstanding", "waiting_to_publish", "backed_off", "outbox"} <= set(
            detail
        )
        _, metrics = scheduler.get("/metrics")
        assert "printsweep_scheduler_last_slot_timestamp_seconds" in metrics


async def test_the_rights_of_the_scheduler_are_enough(
    vhost: VirtualHost, tmp_path: Path, start_service: StartService
) -> None:
    async with world(vhost, tmp_path) as w:
        async with Management(vhost.management_url, vhost.name) as api:
            await apply(api, TopologyOptions(passwords={"scheduler": "of-the-test"}))
        parts = urlsplit(vhost.amqp_url)
        bare = parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]).geturl()
        own = {
            "PRINTSWEEP_AMQP_URL": bare,
            "PRINTSWEEP_AMQP_USER": "printsweep-scheduler",
            "PRINTSWEEP_AMQP_PASSWORD": "of-the-test",
        }
        scheduler = start_service(MODULE, {**w.environment, **own})
        standby = start_service(MODULE, {**w.environment, **own}, name="standby")
        await standby.ready()
        await scheduler.ready()
        await w.imported(10)
        sweep = await w.ask("sweep.order", {})
        await w.finish(await w.drain("poll.main.routine", 10))
        assert (await w.closed(sweep["sweep_id"]))["done"] == 10
        # Parking, too.
        await w.send("", "scheduler.command", "poll.order", b"nonsense")
        await eventually(lambda: w.depth("dead.record"))


async def test_the_daily_glpi_pass(vhost: VirtualHost, tmp_path: Path) -> None:
    async with world(vhost, tmp_path) as w:
        store, clock = Store(tmp_path), FakeClock(datetime(2026, 3, 28, 9, 0, tzinfo=UTC))
        await store.open()
        await store.lead("test")
        publisher = Publisher(vhost.amqp_url, "test")
        link = asyncio.create_task(publisher.run())
        try:
            nightly = Nightly(store, publisher, "02:30", ZoneInfo("Europe/Berlin"), clock)

            async def asked() -> str | None:
                assert await nightly.ask_if_due()
                message = await (await w.queue("glpi.request")).get(fail=False)
                if message is None:
                    return None
                await message.ack()
                assert message.type == "glpi.reconcile.v1"
                return str(json.loads(message.body)["pass_id"])

            # The first start of all comes after today's time: the first pass is tomorrow's.
            assert await asked() is None
            clock.set(datetime(2026, 3, 29, 0, 59, tzinfo=UTC))
            assert await asked() is None
            # 02:30 does not exist on this day in Berlin: 03:30, which is 01:30 UTC.
            clock.set(datetime(2026, 3, 29, 1, 31, tzinfo=UTC))
            first = await asked()
            assert first
            clock.advance(hours=1)
            assert await asked() is None
            # Away at that time: made good later in the day; the same date has the same pass id.
            clock.advance(days=1, hours=10)
            second = await asked()
            assert second not in (None, first)
        finally:
            link.cancel()
            await asyncio.wait([link])
            await store.close()
