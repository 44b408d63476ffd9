"""The private broker when it is killed, when its port is taken, and when it ends."""

import json
import socket
from pathlib import Path

import aio_pika
import psutil
import pytest

from cli.local.broker.files import prepare
from cli.local.broker.installed import find
from cli.local.broker.node import BrokerError, Node
from cli.local.supervise.control import has_ended
from tests.support import BrokerHandle, eventually

pytestmark = pytest.mark.fault


async def test_a_killed_broker_comes_back_at_the_same_address_with_its_messages(own_broker: BrokerHandle) -> None:
    async with await aio_pika.connect(own_broker.amqp_url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(b"a word", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, "kept")
        await own_broker.kill()
    await own_broker.start()
    async with await aio_pika.connect(own_broker.amqp_url) as connection:
        queue = await (await connection.channel()).get_queue("kept")
        found = await queue.get(timeout=10)
        assert found.body == b"a word"


async def test_a_port_that_is_taken_meanwhile_is_given_up_and_the_end_leaves_nothing(tmp_path: Path) -> None:
    installed = find()
    assert installed is not None
    first = prepare(tmp_path).first_port
    with socket.create_server(("127.0.0.1", first)):
        node = Node(tmp_path, installed)
        await node.start()
        assert node.files.first_port != first
        assert json.loads((tmp_path / "node.json").read_text())["first_port"] == node.files.first_port
        family = [p for pid in node.pids for p in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]]
        assert {p.name() for p in family} >= {"epmd", "beam.smp"}
        await node.stop()
        await eventually(lambda: all(has_ended(p) for p in family))


async def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    installed = find()
    assert installed is not None
    node = Node(tmp_path, installed)
    (tmp_path / "rabbitmq.conf").write_text("no_such_key = 1\n")
    node._was_up = True  # as if its addresses were known to somebody: it must not move elsewhere
    with pytest.raises(BrokerError, match="no_such_key"):
        await node.start(timeout=60)
    assert node.pids == []
