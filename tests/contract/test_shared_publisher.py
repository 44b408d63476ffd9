"""Publishing to a real broker: confirmed, refused, returned, timed out; and back after a restart."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aio_pika.abc import AbstractConnection

from shared.broker.link import Link
from shared.broker.publisher import Publisher
from shared.errors import BrokerRefusesLogin, PublishRefused, Unroutable
from shared.management import Management
from shared.messages.kinds import kind
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import VirtualHost
from tests.support.eventually import eventually

pytestmark = pytest.mark.contract

REQUEST = {
    "poll_id": "p",
    "printer_id": 1,
    "address": "127.0.0.1",
    "profile": "default",
    "site": "main",
    "lane": "urgent",
    "requested_at": "2026-01-01T00:00:00Z",
}


@pytest.fixture
async def publisher(vhost: VirtualHost) -> AsyncIterator[Publisher]:
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, TopologyOptions(max_queue_size=10))
    made = Publisher(vhost.amqp_url, "test")
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.wait([running])


async def test_a_confirmed_message_is_in_the_queue_with_its_properties(
    publisher: Publisher, vhost: VirtualHost
) -> None:
    await publisher.publish(kind("poll.request"), REQUEST)
    [message] = vhost.api(
        "POST",
        "queues/{vhost}/poll.main.urgent/get",
        {"count": 5, "ackmode": "ack_requeue_false", "encoding": "auto"},
    )
    properties = message["properties"]
    assert properties["type"] == "poll.request.v1"
    assert properties["delivery_mode"] == 2
    assert properties["message_id"]
    assert properties["timestamp"]


async def test_a_full_queue_refuses_and_nothing_above_the_window_is_kept(publisher: Publisher) -> None:
    outcomes = await asyncio.gather(
        *(publisher.publish(kind("poll.request"), REQUEST) for _ in range(300)), return_exceptions=True
    )
    refused = [o for o in outcomes if isinstance(o, PublishRefused)]
    assert [o for o in outcomes if o is not None and not isinstance(o, PublishRefused)] == []
    # The limit is soft: one publish window may stand above it.
    assert len(refused) >= 300 - 10 - 200
    with pytest.raises(PublishRefused):
        await publisher.publish(kind("poll.request"), REQUEST)


async def test_a_site_without_a_queue_is_told(publisher: Publisher) -> None:
    with pytest.raises(Unroutable, match=r"poll\.nowhere\.urgent"):
        await publisher.publish(kind("poll.request"), REQUEST | {"site": "nowhere"})


async def test_each_of_many_in_flight_gets_its_own_answer(publisher: Publisher) -> None:
    async def one(n: int) -> bool:
        try:
            await publisher.publish(kind("poll.request"), REQUEST | {"site": "main" if n % 3 else "nowhere"})
        except Unroutable:
            return False
        return True

    outcomes = await asyncio.gather(*(one(n) for n in range(9)))
    assert outcomes == [bool(n % 3) for n in range(9)]


async def test_the_channel_is_opened_anew_after_the_broker_closed_it(publisher: Publisher, vhost: VirtualHost) -> None:
    vhost.api("DELETE", "exchanges/{vhost}/work")
    with pytest.raises(Exception, match="work"):
        await publisher.publish(kind("poll.request"), REQUEST)
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, TopologyOptions())
    await publisher.insist(kind("poll.request"), REQUEST, give_up_after_s=10)


async def test_insisting_goes_through_once_the_queue_drains(publisher: Publisher, vhost: VirtualHost) -> None:
    while True:
        try:
            await publisher.publish(kind("poll.request"), REQUEST)
        except PublishRefused:
            break
    insisting = asyncio.create_task(publisher.insist(kind("poll.request"), REQUEST, give_up_after_s=20))
    await asyncio.wait([insisting], timeout=0.3)
    assert not insisting.done()
    vhost.api("DELETE", "queues/{vhost}/poll.main.urgent/contents")
    await insisting


async def test_a_wrong_password_is_a_sentence_with_the_user_and_without_the_password(vhost: VirtualHost) -> None:
    url = f"amqp://somebody:w0rdthatiswrong@{vhost.amqp_url.rsplit('@', 1)[-1]}"

    async def nothing(_: object) -> None:
        return None

    with pytest.raises(BrokerRefusesLogin) as caught:
        await Link(url, "test", nothing).run()
    assert "somebody" in str(caught.value)
    assert "w0rdthatiswrong" not in str(caught.value)


async def test_a_link_ends_though_its_setup_swallows_the_cancellation(vhost: VirtualHost) -> None:
    """As asyncio.wait_for does until Python 3.12, where the answer comes at the moment of the cancellation."""
    begun = asyncio.Event()

    async def setup(_: AbstractConnection) -> None:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    link = Link(vhost.amqp_url, "test", setup)
    running = asyncio.create_task(link.run())
    await begun.wait()
    running.cancel()
    await asyncio.wait([running], timeout=20)
    assert running.cancelled()
    assert not link.is_up


async def test_a_link_waits_for_a_broker_that_is_not_there_and_says_why() -> None:
    async def nothing(_: object) -> None:
        return None

    link = Link("amqp://guest:guest@127.0.0.1:9/", "test", nothing)
    running = asyncio.create_task(link.run())
    await eventually(lambda: "no connection to amqp://127.0.0.1:9/" in link.last_error)
    assert not link.is_up
    running.cancel()
    await asyncio.wait([running])
