"""Many messages in one call, against a real broker: each has its own outcome, whatever becomes of the others."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aio_pika
import pytest

from shared.broker.publisher import WINDOW, Publisher
from shared.errors import BrokerUnavailable, PublishRefused, PublishTimeout, Unroutable
from shared.management import Management
from shared.messages.envelope import Envelope
from shared.messages.kinds import kind
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import VirtualHost
from tests.support.eventually import eventually
from tests.support.proxy import TcpProxy

pytestmark = pytest.mark.contract

QUEUE = "poll.main.urgent"
FULL = 300


def request(n: int, **changes: Any) -> tuple[dict[str, Any], Envelope | None]:
    body = {
        "poll_id": f"p{n}",
        "printer_id": n + 1,
        "address": "127.0.0.1",
        "profile": "default",
        "site": "main",
        "lane": "urgent",
        "requested_at": "2026-01-01T00:00:00Z",
    }
    return body | changes, None


async def taken(url: str) -> list[aio_pika.abc.AbstractIncomingMessage]:
    """Everything that is in the queue."""
    async with await aio_pika.connect(url) as connection:
        queue = await (await connection.channel()).get_queue(QUEUE, ensure=False)
        found = []
        while (message := await queue.get(fail=False, no_ack=True)) is not None:
            found.append(message)
        return found


def polls(messages: list[aio_pika.abc.AbstractIncomingMessage]) -> Counter[str]:
    return Counter(json.loads(message.body)["poll_id"] for message in messages)


@pytest.fixture
async def proxy(vhost: VirtualHost) -> AsyncIterator[TcpProxy]:
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, TopologyOptions(max_queue_size=FULL))
    port = int(vhost.amqp_url.rsplit(":", 1)[1].split("/")[0])
    async with TcpProxy(port) as made:
        yield made


@pytest.fixture
async def publisher(vhost: VirtualHost, proxy: TcpProxy) -> AsyncIterator[Publisher]:
    direct = vhost.amqp_url.rsplit(":", 1)
    made = Publisher(f"{direct[0]}:{proxy.port}/{direct[1].split('/', 1)[1]}", "test")
    running = asyncio.create_task(made.run())
    await made.link.wait_up(20)
    yield made
    running.cancel()
    await asyncio.wait([running])


async def test_all_are_confirmed_with_their_properties_and_fresh_ids(publisher: Publisher, vhost: VirtualHost) -> None:
    sweep, order = Envelope(correlation_id="sweep"), Envelope(correlation_id="order", headers={"x-replayed": 1})
    sent = [(request(n)[0], sweep if n % 2 else order) for n in range(250)]
    assert await publisher.publish_many(kind("poll.request"), sent) == [None] * 250
    assert publisher.published == 250
    found = await taken(vhost.amqp_url)
    assert polls(found) == Counter(f"p{n}" for n in range(250))
    assert len({message.message_id for message in found}) == 250
    for message in found:
        odd = int(json.loads(message.body)["poll_id"][1:]) % 2
        assert (message.type, message.content_type, message.delivery_mode) == ("poll.request.v1", "application/json", 2)
        headers = {name: value for name, value in message.headers.items() if name != "x-delivery-count"}  # the broker's
        assert (message.correlation_id, headers) == (("sweep", {}) if odd else ("order", {"x-replayed": 1}))
        assert message.timestamp is not None


async def test_none_are_none(publisher: Publisher) -> None:
    assert await publisher.publish_many(kind("poll.request"), []) == []


async def test_what_a_full_queue_refuses_is_told_and_the_rest_is_in_the_queue(
    publisher: Publisher, vhost: VirtualHost
) -> None:
    total = FULL + 3 * WINDOW
    outcomes = await publisher.publish_many(kind("poll.request"), [request(n) for n in range(total)])
    assert {type(outcome) for outcome in outcomes} == {type(None), PublishRefused}
    confirmed = Counter(f"p{n}" for n, outcome in enumerate(outcomes) if outcome is None)
    # The limit is soft: one publish window may stand above it.
    assert FULL <= confirmed.total() <= FULL + WINDOW
    assert polls(await taken(vhost.amqp_url)) == confirmed


async def test_each_unroutable_is_told_among_those_that_are_not(publisher: Publisher, vhost: VirtualHost) -> None:
    sent = [request(n, site="main" if n % 3 else "nowhere") for n in range(270)]
    outcomes = await publisher.publish_many(kind("poll.request"), sent)
    assert [outcome and type(outcome) for outcome in outcomes] == [None if n % 3 else Unroutable for n in range(270)]
    assert polls(await taken(vhost.amqp_url)) == Counter(f"p{n}" for n in range(270) if n % 3)


async def test_unroutable_and_refused_in_one_call(publisher: Publisher, vhost: VirtualHost) -> None:
    await publisher.publish_many(kind("poll.request"), [request(n) for n in range(FULL + WINDOW)])
    sent = [request(n, site=("main", "nowhere")[n % 2]) for n in range(1000, 1100)]
    outcomes = await publisher.publish_many(kind("poll.request"), sent)
    assert [outcome and type(outcome) for outcome in outcomes] == [PublishRefused, Unroutable] * 50


async def test_two_in_flight_with_one_message_id_are_told_apart(publisher: Publisher, vhost: VirtualHost) -> None:
    async def one(key: str) -> str:
        message = aio_pika.Message(b"{}", type="poll.request.v1", message_id="the same")
        try:
            await publisher.send(message, "work", key)
        except Unroutable:
            return "unroutable"
        return "taken"

    keys = ["poll.nowhere.urgent", QUEUE, "poll.nowhere.routine", QUEUE]
    assert await asyncio.gather(*map(one, keys)) == ["unroutable", "taken", "unroutable", "taken"]
    assert len(await taken(vhost.amqp_url)) == 2


async def test_many_callers_at_once_each_get_their_own(publisher: Publisher, vhost: VirtualHost) -> None:
    async def lane(first: int, site: str) -> list[Any]:
        return await publisher.publish_many(
            kind("poll.request"), [request(n, site=site) for n in range(first, first + 40)]
        )

    found = await asyncio.gather(*(lane(40 * n, "nowhere" if n == 3 else "main") for n in range(7)))
    for n, outcomes in enumerate(found):
        assert {outcome and type(outcome) for outcome in outcomes} == {Unroutable if n == 3 else None}
    assert polls(await taken(vhost.amqp_url)) == Counter(f"p{n}" for n in range(280) if not 120 <= n < 160)


async def test_bodies_larger_than_a_frame_arrive_whole(publisher: Publisher, vhost: VirtualHost) -> None:
    sizes = [0, 1, 131_063, 131_064, 131_065, 1_000_000, 3_000_000]
    async with asyncio.TaskGroup() as group:
        for size in sizes:
            message = aio_pika.Message(b"x" * size, type="poll.request.v1", content_type=str(size))
            group.create_task(publisher.send(message, "work", QUEUE))
    found = await taken(vhost.amqp_url)
    assert sorted(int(message.content_type or 0) for message in found) == sizes
    assert all(message.body == b"x" * int(message.content_type or 0) for message in found)


async def test_a_missing_exchange_ends_all_in_flight_and_the_next_go_through(
    publisher: Publisher, vhost: VirtualHost
) -> None:
    vhost.api("DELETE", "exchanges/{vhost}/work")
    outcomes = await publisher.publish_many(kind("poll.request"), [request(n) for n in range(50)])
    assert {type(outcome) for outcome in outcomes} == {BrokerUnavailable}
    assert "no exchange 'work'" in str(outcomes[0])
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, TopologyOptions(max_queue_size=FULL))
    assert await publisher.publish_many(kind("poll.request"), [request(n) for n in range(50)]) == [None] * 50


async def test_a_lost_connection_leaves_no_outcome_open_and_confirms_nothing_that_is_lost(
    publisher: Publisher, proxy: TcpProxy, vhost: VirtualHost
) -> None:
    proxy.stall()
    sending = asyncio.create_task(publisher.publish_many(kind("poll.request"), [request(n) for n in range(150)]))
    await asyncio.sleep(0)
    assert not sending.done()
    await proxy.cut()
    outcomes = await sending
    assert {type(outcome) for outcome in outcomes} == {BrokerUnavailable}
    await proxy.resume()
    await publisher.insist(kind("poll.request"), request(0)[0], give_up_after_s=30)
    assert await publisher.publish_many(kind("poll.request"), [request(n) for n in range(150)]) == [None] * 150
    assert set(polls(await taken(vhost.amqp_url))) == {f"p{n}" for n in range(150)}


async def test_a_cut_in_the_middle_confirms_nothing_that_the_broker_has_not(
    publisher: Publisher, proxy: TcpProxy, vhost: VirtualHost
) -> None:
    sending = [
        asyncio.create_task(
            publisher.publish_many(kind("poll.request"), [request(n) for n in range(first, first + 25)], timeout_s=30)
        )
        for first in range(0, 250, 25)
    ]
    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
    await proxy.cut()
    outcomes = [outcome for part in await asyncio.gather(*sending) for outcome in part]
    confirmed = {f"p{n}" for n, outcome in enumerate(outcomes) if outcome is None}
    assert {type(outcome) for outcome in outcomes} <= {type(None), BrokerUnavailable}
    await publisher.link.wait_up(30)
    assert confirmed
    assert confirmed <= set(polls(await taken(vhost.amqp_url)))


async def test_what_is_not_confirmed_in_time_is_unknown_and_late_confirms_hurt_nobody(
    publisher: Publisher, proxy: TcpProxy, vhost: VirtualHost
) -> None:
    proxy.stall()
    outcomes = await publisher.publish_many(
        kind("poll.request"), [request(n) for n in range(2 * WINDOW)], timeout_s=0.2
    )
    assert {type(outcome) for outcome in outcomes} == {PublishTimeout}
    with pytest.raises(PublishTimeout):
        await publisher.publish(kind("poll.request"), request(9000)[0], timeout_s=0.2)
    await proxy.resume()
    # The frames were written: they arrive now, and their confirms meet nobody.
    outcomes = await publisher.publish_many(kind("poll.request"), [request(9001, site="nowhere"), request(9002)])
    assert [outcome and type(outcome) for outcome in outcomes] == [Unroutable, None]
    assert polls(await taken(vhost.amqp_url))["p9002"] == 1


async def test_a_broker_that_reads_nothing_stops_the_writing(publisher: Publisher, proxy: TcpProxy) -> None:
    proxy.stall()
    wire = publisher._outlet.wire if publisher._outlet else None
    assert wire is not None
    assert wire._out is not None
    body = {"poll_id": "p", "site": "main", "lane": "urgent", "padding": "x" * 100_000}
    for _ in range(4):
        outcomes = await publisher.publish_many(kind("poll.request"), [(body, None)] * WINDOW, timeout_s=0.3)
        assert {type(outcome) for outcome in outcomes} == {PublishTimeout}
    # 80 MB were to be sent; what the sockets and one write above the high-water mark hold is little.
    assert wire._out.get_write_buffer_size() < 2_000_000
    await proxy.resume()
    await eventually(lambda: wire.is_free)


async def test_a_caller_that_is_cancelled_leaves_the_window_to_the_others(
    publisher: Publisher, proxy: TcpProxy
) -> None:
    proxy.stall()
    sending = [
        asyncio.create_task(publisher.publish_many(kind("poll.request"), [request(n) for n in range(WINDOW)]))
        for _ in range(3)
    ]
    await asyncio.wait(sending, timeout=0.1)
    for task in sending:
        task.cancel()
    await asyncio.wait(sending)
    assert all(task.cancelled() for task in sending)
    assert publisher._window._free == WINDOW
    await proxy.resume()
    outcomes = await publisher.publish_many(kind("poll.request"), [request(1, site="nowhere")])
    assert [type(outcome) for outcome in outcomes] == [Unroutable]


async def test_never_more_than_the_window_are_in_flight(publisher: Publisher) -> None:
    most = 0
    outlet = publisher._outlet
    assert outlet is not None
    send = outlet.send

    def watched(*arguments: Any) -> int:
        nonlocal most
        sent = send(*arguments)
        most = max(most, len(outlet._waiting))
        return sent

    outlet.send = watched  # type: ignore[method-assign]
    sent = [request(n, site="nowhere") for n in range(700)]
    found = await asyncio.gather(*(publisher.publish_many(kind("poll.request"), sent) for _ in range(4)))
    assert {type(outcome) for part in found for outcome in part} == {Unroutable}
    assert most == WINDOW
