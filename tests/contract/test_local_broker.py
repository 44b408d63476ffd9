"""The private node: what it serves, to whom, and that the fixtures made of it hold what they promise."""

import aio_pika
import psutil
import pytest

from tests.support import BrokerHandle, VirtualHost

pytestmark = pytest.mark.contract


async def test_a_virtual_host_takes_and_gives_messages(vhost: VirtualHost) -> None:
    connection = await aio_pika.connect(vhost.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("q", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(b"a word"), "q")
        message = await queue.get()
        assert message.body == b"a word"
        await message.ack()
    assert [q["name"] for q in vhost.api("GET", "queues/{vhost}")] == ["q"]


def test_every_listener_is_on_loopback(broker: BrokerHandle) -> None:
    if broker.node is None:
        pytest.skip("not our broker")
    for pid in broker.node.pids:
        listening = [c for c in psutil.Process(pid).net_connections("inet") if c.status == psutil.CONN_LISTEN]
        assert listening
        assert {c.laddr.ip for c in listening} <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_guest_is_refused(broker: BrokerHandle) -> None:
    if broker.node is None:
        pytest.skip("not our broker")
    with pytest.raises(AssertionError, match="401"):
        BrokerHandle("", broker.node.management_url).new_vhost()
