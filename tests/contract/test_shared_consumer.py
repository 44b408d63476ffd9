"""Consuming from a real broker: bounds, verdicts, the ladder, dead letters, handing back."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import aio_pika
import pytest
from structlog.testing import capture_logs

from shared.broker.consumer import Consumer
from shared.broker.deadletters import Reporter
from shared.broker.delivery import Delivery, returns_of
from shared.broker.outgoing import Outgoing
from shared.broker.publisher import Publisher
from shared.broker.subscription import Plan
from shared.errors import BrokerUnavailable, Obsolete, PrintsweepError
from shared.management import Management
from shared.messages.kinds import kind
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import VirtualHost
from tests.support.eventually import eventually
from tests.support.proxy import TcpProxy

pytestmark = pytest.mark.contract

CHECK = {"serials": [{"printer_id": 1, "serial": "A1"}]}
Handler = Callable[[Delivery], Awaitable[None]]


class Bench:
    """A publisher, and consumers that are ended with the test."""

    def __init__(self, vhost: VirtualHost) -> None:
        self.vhost = vhost
        self.publisher = Publisher(vhost.amqp_url, "test/publish")
        self.tasks = [asyncio.create_task(self.publisher.run())]

    def consume(
        self,
        handler: Handler,
        *,
        prefetch: int = 50,
        soft_limit_s: float = 10.0,
        url: str | None = None,
        heartbeat_s: int = 10,
    ) -> Consumer:
        plan = Plan(
            "glpi.request",
            {"glpi.check": handler, "glpi.reconcile": handler},
            prefetch=prefetch,
            soft_limit_s=soft_limit_s,
        )
        consumer = Consumer(
            url or self.vhost.amqp_url,
            "test/consume",
            [plan],
            self.publisher,
            Reporter("test", "0"),
            heartbeat_s=heartbeat_s,
        )
        self.tasks.append(asyncio.create_task(consumer.run()))
        return consumer

    async def send(self, times: int = 1) -> None:
        await asyncio.gather(*(self.publisher.publish(kind("glpi.check"), CHECK) for _ in range(times)))

    async def die_with(self, count: int, times: int = 1) -> None:
        """Somebody takes so many and dies, and so does the next, `times` in all."""
        for _ in range(times):
            connection = await aio_pika.connect(self.vhost.amqp_url)
            async with connection:
                queue = await (await connection.channel()).get_queue("glpi.request", ensure=False)
                for _ in range(count):
                    await queue.get(timeout=10)

    async def depth(self, queue: str) -> int:
        connection = await aio_pika.connect(self.vhost.amqp_url)
        async with connection:
            channel = await connection.channel()
            declared = await channel.declare_queue(queue, passive=True)
            return int(declared.declaration_result.message_count or 0)

    async def take(self, queue: str) -> aio_pika.abc.AbstractIncomingMessage:
        connection = await aio_pika.connect(self.vhost.amqp_url)
        async with connection:
            channel = await connection.channel()

            async def get() -> aio_pika.abc.AbstractIncomingMessage | None:
                return await (await channel.get_queue(queue, ensure=False)).get(fail=False, no_ack=True)

            return await eventually(get)

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.wait(self.tasks)


@pytest.fixture
async def bench(vhost: VirtualHost) -> AsyncIterator[Bench]:
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, TopologyOptions(ladder_unit_s=0.02))
    made = Bench(vhost)
    yield made
    await made.end()


async def test_handled_messages_are_acked(bench: Bench) -> None:
    seen: list[Delivery] = []

    async def handler(delivery: Delivery) -> None:
        seen.append(delivery)

    consumer = bench.consume(handler)
    await bench.send(300)
    await eventually(lambda: len(seen) == 300)
    await consumer.stop(5)
    assert await bench.depth("glpi.request") == 0
    assert seen[0].body.serials[0].serial == "A1"
    assert consumer.tally.done == 300


async def test_the_first_message_is_taken_alone_and_then_the_prefetch_widens(bench: Bench) -> None:
    await bench.send(20)
    running: list[Delivery] = []
    first_alone = asyncio.Event()

    async def handler(delivery: Delivery) -> None:
        running.append(delivery)
        await first_alone.wait()

    consumer = bench.consume(handler, prefetch=10)
    await eventually(lambda: len(running) == 11)  # the first, and then a full prefetch beside it
    first_alone.set()
    await eventually(lambda: len(running) == 20)
    await consumer.stop(5)


async def test_redelivered_messages_are_taken_one_at_a_time(bench: Bench) -> None:
    await bench.send(5)
    await bench.die_with(5)
    together = most = 0

    async def handler(delivery: Delivery) -> None:
        nonlocal together, most
        assert delivery.redelivered
        together += 1
        most = max(most, together)
        await asyncio.sleep(0)
        together -= 1

    consumer = bench.consume(handler, prefetch=10)
    await eventually(lambda: consumer.tally.done == 5)
    assert most == 1


@pytest.mark.parametrize(("count", "times"), [(60, 1), (200, 3)])
async def test_many_redelivered_that_end_well_widen_it_a_little(bench: Bench, count: int, times: int) -> None:
    await bench.send(count)
    await bench.die_with(count, times)
    together = most = 0

    async def handler(delivery: Delivery) -> None:
        nonlocal together, most
        assert returns_of(delivery.raw) == times
        together += 1
        most = max(most, together)
        await asyncio.sleep(0.01)
        together -= 1

    consumer = bench.consume(handler, prefetch=100)
    await eventually(lambda: consumer.tally.done == count)
    assert 2 <= most <= 16


@pytest.mark.parametrize("times", [1, 2])
async def test_hundreds_that_came_back_seldom_and_end_well_widen_it_to_the_full(bench: Bench, times: int) -> None:
    await bench.send(300)
    await bench.die_with(300, times)
    seen: list[int | None] = []
    wide = asyncio.Event()

    async def handler(delivery: Delivery) -> None:
        seen.append(returns_of(delivery.raw))
        if len(seen) > 150:
            await wide.wait()

    consumer = bench.consume(handler, prefetch=80)
    await eventually(lambda: consumer.in_flight == 80, what="the full prefetch being in hand")
    wide.set()
    await eventually(lambda: consumer.tally.done == 300)
    assert set(seen) == {times}


async def test_a_retry_climbs_the_ladder_and_then_dies_with_its_story(bench: Bench) -> None:
    attempts: list[int] = []

    async def handler(delivery: Delivery) -> None:
        attempts.append(delivery.attempt)
        raise ConnectionError("GLPI is away")

    bench.consume(handler)
    await bench.send()
    dead = await bench.take("dead.glpi")
    assert attempts == [1, 2, 3, 4]
    assert dead.headers["x-error-type"] == "ConnectionError"
    assert dead.headers["x-error-reason"] == "retries exhausted"
    assert dead.headers["x-origin"] == "glpi.request"
    assert dead.headers["x-attempt"] == 4
    assert dead.headers["x-error-service"] == "test"
    index = await bench.take("dead.index")
    assert index.message_id == dead.message_id


@pytest.mark.parametrize(
    ("type_", "body", "error"),
    [
        ("glpi.check.v99", b"{}", "UnknownKind"),
        (None, b"{}", "UnknownKind"),
        ("poll.order.v1", b"{}", "UnknownKind"),
        ("glpi.check.v1", b"not json", "MalformedMessage"),
        ("glpi.check.v1", b'{"serials": []}', "MalformedMessage"),
        ("glpi.check.v1", b"[1]", "MalformedMessage"),
    ],
)
async def test_what_nobody_understands_is_parked_and_not_lost(
    bench: Bench, type_: str | None, body: bytes, error: str
) -> None:
    async def handler(_: Delivery) -> None:
        raise AssertionError("must not be reached")

    bench.consume(handler)
    await bench.publisher.send(aio_pika.Message(body, type=type_, message_id="m1"), "command", "glpi.request")
    dead = await bench.take("dead.glpi")
    assert dead.headers["x-error-type"] == error
    assert dead.body == body
    assert dead.message_id == "m1"


async def test_properties_that_nobody_can_read_are_parked_and_harm_no_other_message(bench: Bench) -> None:
    """Any client may publish such octets, and the broker passes them on."""
    seen: list[str] = []

    async def handler(delivery: Delivery) -> None:
        seen.append(delivery.body.serials[0].serial)

    consumer = bench.consume(handler)
    text, at = b"\x09glpi\xff\xfe\xfd\x80\x81", b"\xff" * 8  # not UTF-8; an instant beyond all years
    # The flags of correlation id, message id, timestamp and type.
    strange = (1 << 10 | 1 << 7 | 1 << 6 | 1 << 5).to_bytes(2, "big") + text + text + at + text
    await bench.publisher._post([Outgoing("command", "glpi.request", "?", strange, b"{}")], 10)
    await bench.send(3)
    dead = await bench.take("dead.glpi")
    assert dead.headers["x-error-type"] == "UnknownKind"
    assert dead.type == "glpi\N{REPLACEMENT CHARACTER}" + 4 * "\N{REPLACEMENT CHARACTER}"
    await eventually(lambda: seen == ["A1"] * 3)
    await eventually(lambda: consumer.link.is_up)  # messages come before the last consumer is confirmed
    assert consumer.link.last_error == "", "the connection was never lost"
    assert consumer.tally.failed == 1


async def test_a_body_of_many_frames_arrives_whole(bench: Bench) -> None:
    seen: list[Delivery] = []

    async def handler(delivery: Delivery) -> None:
        seen.append(delivery)

    bench.consume(handler)
    serials = [{"printer_id": n + 1, "serial": f"{n:0200}"} for n in range(500)]
    body = json.dumps({"serials": serials}).encode() + b" " * 2_000_000
    await bench.publisher.send(aio_pika.Message(body, type="glpi.check.v1"), "command", "glpi.request")
    await eventually(lambda: len(seen) == 1)
    assert seen[0].raw.body == body
    assert [s.serial for s in seen[0].body.serials] == [s["serial"] for s in serials]


async def test_thousands_are_each_handled_once(bench: Bench) -> None:
    seen: list[str | None] = []

    async def handler(delivery: Delivery) -> None:
        if len(seen) % 3 == 0:
            await asyncio.sleep(0)  # so that they do not end in the order in which they came
        seen.append(delivery.message_id)

    await bench.send(900)
    consumer = bench.consume(handler, prefetch=70)
    await eventually(lambda: consumer.tally.done == 900)
    await consumer.stop(5)
    assert len(set(seen)) == len(seen) == 900
    assert await bench.depth("glpi.request") == 0


async def test_an_unforeseen_error_is_parked(bench: Bench) -> None:
    async def handler(_: Delivery) -> None:
        raise ZeroDivisionError("oops")

    bench.consume(handler)
    await bench.send()
    assert (await bench.take("dead.glpi")).headers["x-error-type"] == "ZeroDivisionError"


async def test_an_obsolete_message_is_dropped_and_counted(bench: Bench) -> None:
    async def handler(_: Delivery) -> None:
        raise Obsolete("It is over.")

    consumer = bench.consume(handler)
    await bench.send()
    await eventually(lambda: consumer.tally.failed == 1)
    await consumer.stop(5)
    assert await bench.depth("glpi.request") == 0
    assert await bench.depth("dead.glpi") == 0


async def test_the_soft_limit_ends_a_handler_and_has_a_verdict(bench: Bench) -> None:
    never = asyncio.Event()

    async def handler(_: Delivery) -> None:
        await never.wait()

    bench.consume(handler, soft_limit_s=0.05)
    await bench.send()
    assert (await bench.take("dead.glpi")).headers["x-error-type"] == "SoftLimitExceeded"


async def test_stopping_waits_for_what_runs_and_hands_back_the_rest(bench: Bench) -> None:
    started = asyncio.Event()
    finish = asyncio.Event()

    async def handler(_: Delivery) -> None:
        started.set()
        await finish.wait()

    consumer = bench.consume(handler, prefetch=10)
    await bench.send(6)
    await eventually(lambda: consumer.in_flight == 6)
    assert await consumer.stop(0.1) == 6
    await eventually(lambda: _is(bench.depth("glpi.request"), 6))


async def _is(value: Awaitable[int], wanted: int) -> bool:
    return await value == wanted


async def test_a_paused_consumer_takes_nothing_until_it_resumes(bench: Bench) -> None:
    async def handler(_: Delivery) -> None:
        return None

    consumer = bench.consume(handler)
    await bench.send()
    await eventually(lambda: consumer.tally.done == 1)
    await consumer.pause()
    await bench.send(3)
    assert await bench.depth("glpi.request") == 3
    await consumer.resume()
    await eventually(lambda: consumer.tally.done == 4)


async def test_a_paused_consumer_takes_nothing_over_a_new_connection(bench: Bench) -> None:
    seen: list[Delivery] = []

    async def handler(delivery: Delivery) -> None:
        seen.append(delivery)

    port = int(bench.vhost.amqp_url.rsplit(":", 1)[1].split("/")[0])
    async with TcpProxy(port) as proxy:
        consumer = bench.consume(handler, url=bench.vhost.amqp_url.replace(f":{port}/", f":{proxy.port}/"))
        await eventually(lambda: consumer.link.is_up)
        await consumer.pause()
        await bench.send(3)
        await proxy.cut()
        await eventually(lambda: proxy.accepted == 2 and consumer.link.is_up)
        assert not seen
        assert await bench.depth("glpi.request") == 3
        await consumer.resume()
        await eventually(lambda: consumer.tally.done == 3)


async def test_a_widening_without_an_answer_is_told_and_the_connection_made_anew(bench: Bench) -> None:
    await bench.send(20)
    port = int(bench.vhost.amqp_url.rsplit(":", 1)[1].split("/")[0])
    async with TcpProxy(port) as proxy:

        async def handler(_: Delivery) -> None:
            if not consumer.tally.done:
                proxy.stall()

        url = bench.vhost.amqp_url.replace(f":{port}/", f":{proxy.port}/")
        with capture_logs() as logs:
            consumer = bench.consume(handler, url=url, heartbeat_s=600)  # no heartbeat finds the stall out
            await eventually(lambda: [e for e in logs if e["event"] == "consumer.not_adjusted"])
            await proxy.resume()
            await eventually(lambda: consumer.tally.done >= 20)


async def test_hundreds_that_are_handed_back_at_once_all_come_again(bench: Bench) -> None:
    times: Counter[str] = Counter()
    done: set[str] = set()

    async def handler(delivery: Delivery) -> None:
        name = delivery.message_id or ""
        times[name] += 1
        if times[name] <= 2:
            raise BrokerUnavailable
        done.add(name)

    with capture_logs() as logs:
        consumer = bench.consume(handler, prefetch=500)
        await bench.send(400)
        await eventually(lambda: len(done) == 400, what="every message coming again")
    assert set(times.values()) == {3}
    await consumer.stop(5)
    assert await bench.depth("glpi.request") == 0
    told = [e["messages"] for e in logs if e["event"] == "message.handed_back"]
    assert sum(told) == 800
    assert len(told) < 400, "they are logged together"


async def test_a_deleted_queue_is_waited_for_and_consumed_again(bench: Bench) -> None:
    async def handler(_: Delivery) -> None:
        return None

    consumer = bench.consume(handler)
    await bench.send()
    await eventually(lambda: consumer.tally.done == 1)
    bench.vhost.api("DELETE", "queues/{vhost}/glpi.request")
    await eventually(lambda: not consumer.link.is_up)
    async with Management(bench.vhost.management_url, bench.vhost.name) as api:
        await apply(api, TopologyOptions())
    await eventually(lambda: consumer.link.is_up)
    await bench.send()
    await eventually(lambda: consumer.tally.done == 2)


async def test_a_message_that_cannot_be_parked_stays_in_its_queue(bench: Bench) -> None:
    async def handler(_: Delivery) -> None:
        raise PrintsweepError("no")

    bench.vhost.api("DELETE", "exchanges/{vhost}/dead.glpi")
    consumer = bench.consume(handler)
    await bench.send()
    await eventually(lambda: consumer.in_flight == 1)
    async with Management(bench.vhost.management_url, bench.vhost.name) as api:
        await apply(api, TopologyOptions())
    assert (await bench.take("dead.glpi")).headers["x-error-type"] == "PrintsweepError"
