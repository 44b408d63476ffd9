"""The outbox: what is committed is told, once, also while two ask it to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.scheduler import store_outbox
from services.scheduler.clock import Clock
from services.scheduler.outbox import Outbox
from services.scheduler.store import Store
from shared.broker.publisher import Publisher
from shared.messages.kinds import kind
from tests.support.broker import VirtualHost
from tests.support.collector import Bench, bench, lay_topology

pytestmark = pytest.mark.contract


class Desk:
    """An outbox over a database of its own, a publisher, and the far end of status.record."""

    def __init__(self, store: Store, publisher: Publisher, far: Bench) -> None:
        self.store, self.publisher, self.far = store, publisher, far
        self.outbox = Outbox(store, publisher, Clock(), 1000)

    async def put(self, *sweeps: str) -> None:
        async with self.store.transaction() as c:
            for sweep in sweeps:
                await store_outbox.put(c, "polls.requested", _body(sweep), sweep)

    async def told(self) -> list[str]:
        return [body["sweep_id"] for _, body in await self.far.take("status.record")]

    async def left(self) -> int:
        row = await self.store.database.one("SELECT COUNT(*) FROM outbox")
        return int(row[0])


def _body(sweep: str) -> dict[str, object]:
    return {"sweep_id": sweep, "order_id": None, "lane": "routine", "requested_at": "2026-01-01T00:00:00Z", "polls": []}


@pytest.fixture
async def desk(vhost: VirtualHost, tmp_path: Path) -> AsyncIterator[Desk]:
    await lay_topology(vhost)
    store = Store(tmp_path)
    await store.open()
    await store.lead("test")
    publisher = Publisher(vhost.amqp_url, "test/publish")
    running = asyncio.create_task(publisher.run())
    async with bench(vhost) as far:
        yield Desk(store, publisher, far)
    running.cancel()
    await asyncio.wait([running])
    await store.close()


async def test_two_that_flush_at_once_tell_each_event_once(desk: Desk) -> None:
    events = [f"s{n}" for n in range(120)]
    await desk.put(*events)
    while any(await asyncio.gather(desk.outbox.flush(), desk.outbox.flush())):
        pass
    assert await desk.told() == events
    assert await desk.left() == 0


async def test_an_event_whose_transaction_fails_is_never_told(desk: Desk) -> None:
    flushing: list[asyncio.Task[bool]] = []

    async def fail() -> None:
        async with desk.store.transaction() as c:
            await store_outbox.put(c, "polls.requested", _body("never"), "never")
            flushing.append(asyncio.create_task(desk.outbox.flush()))
            # The database answers in order, and the broker confirms in order: a flush that looked would be through.
            await asyncio.sleep(0)
            await desk.store.database.one("SELECT 1")
            await desk.publisher.publish(kind("polls.requested"), _body("marker"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await flushing[0]
    assert await desk.told() == ["marker"]


async def test_after_its_end_nothing_more_is_told(desk: Desk) -> None:
    await desk.put(*(f"s{n}" for n in range(70)))
    await desk.outbox.stop()
    await desk.put("late")
    assert not await desk.outbox.flush()
    assert await desk.told() == [f"s{n}" for n in range(70)]
    assert await desk.left() == 1, "the next leader tells it"
