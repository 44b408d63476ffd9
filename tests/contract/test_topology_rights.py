"""Each service's broker user may do exactly its routes: tried with real connections for every kind and every queue."""

from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractConnection
from aiormq.exceptions import ChannelAccessRefused

from shared.broker.link import amqp_url
from shared.errors import BrokerRefusesLogin
from shared.management import Management
from shared.messages.kinds import KINDS
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from shared.topology.rights import RIGHTS
from shared.topology.table import topology
from shared.words import ROLES
from tests.support import VirtualHost

pytestmark = pytest.mark.contract

PASSWORD = "a-password-of-the-test"
_BEAT = "service.beat"
_COMMANDS_TO_GLPI = {"glpi.check", "glpi.reconcile"}
SENDS: dict[str, set[str]] = {
    "scheduler": {
        _BEAT,
        "poll.request",
        "sweep.opened",
        "sweep.closed",
        "polls.requested",
        "polls.refused",
        "polls.expired",
        "printers.changed",
        "command.reply",
        *_COMMANDS_TO_GLPI,
    },
    "collector": {_BEAT, "polls.started", "polls.finished", "polls.closed"},
    "glpi_sync": {_BEAT, "glpi.checked", "glpi.reconciled", "command.reply", *_COMMANDS_TO_GLPI},
    # poll.request: a dead letter is replayed to the queue of its site.
    "status_api": {_BEAT, "inventory.command", "poll.order", "sweep.order", "poll.request", *_COMMANDS_TO_GLPI},
}
KEYS = {"poll.request": "poll.main.routine", "command.reply": "reply.somebody"}
READS_BESIDES = {"status_api": {"dead.poll", "dead.record", "dead.glpi", "expired.poll", "unroutable"}}


@pytest.fixture
async def made(vhost: VirtualHost) -> VirtualHost:
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, TopologyOptions(passwords=dict.fromkeys(ROLES, PASSWORD)))
    return vhost


async def connect(vhost: VirtualHost, role: str) -> AbstractConnection:
    return await aio_pika.connect(amqp_url(vhost.amqp_url, f"printsweep-{role}", PASSWORD), timeout=10)


async def may_publish(connection: AbstractConnection, exchange: str, key: str) -> bool:
    channel = await connection.channel()
    try:
        underlay = await channel.get_underlay_channel()
        await underlay.basic_publish(b"{}", exchange=exchange, routing_key=key, mandatory=False)
    except ChannelAccessRefused:
        return False
    await channel.close()
    return True


async def may_read(connection: AbstractConnection, queue: str) -> bool:
    channel = await connection.channel()
    try:
        found = await channel.get_queue(queue, ensure=False)
        message = await found.get(fail=False)
        if message is not None:
            await message.nack(requeue=True)
    except ChannelAccessRefused:
        return False
    await channel.close()
    return True


@pytest.mark.parametrize("role", ROLES)
async def test_a_service_publishes_its_own_kinds_and_no_other(made: VirtualHost, role: str) -> None:
    connection = await connect(made, role)
    async with connection:
        allowed = {k.name for k in KINDS.values() if await may_publish(connection, k.exchange, KEYS.get(k.name, k.key))}
    assert allowed == SENDS[role]


@pytest.mark.parametrize("role", ROLES)
async def test_a_service_reads_its_own_queues_and_no_other(made: VirtualHost, role: str) -> None:
    queues = topology(TopologyOptions()).queues
    connection = await connect(made, role)
    async with connection:
        allowed = {q.name for q in queues if await may_read(connection, q.name)}
    assert allowed == {q.name for q in queues if q.consumer == role} | READS_BESIDES.get(role, set())


async def test_only_status_api_publishes_to_the_default_exchange(made: VirtualHost) -> None:
    allowed = set()
    for role in ROLES:
        connection = await connect(made, role)
        async with connection:
            if await may_publish(connection, "", "glpi.request"):
                allowed.add(role)
    assert allowed == {"status_api"}, "a replay goes to the queue that the dead letter came from"


async def test_a_service_declares_nothing_but_its_lock_and_its_reply_queue(made: VirtualHost) -> None:
    allowed = set()
    for role in ROLES:
        connection = await connect(made, role)
        async with connection:
            for name in ("scheduler.leader", "reply.of-the-test", "poll.main.routine2", "my-own"):
                channel = await connection.channel()
                try:
                    await channel.declare_queue(name, exclusive=True)
                except ChannelAccessRefused:
                    continue
                allowed.add((role, name))
                await channel.close()
    assert allowed == {("scheduler", "scheduler.leader"), ("status_api", "reply.of-the-test")}


async def test_no_service_sets_policies_and_only_status_api_looks(made: VirtualHost) -> None:
    host = urlsplit(made.management_url)
    for rights in RIGHTS:
        url = f"http://{rights.user}:{PASSWORD}@{host.hostname}:{host.port}"
        async with Management(url, made.name) as api:
            with pytest.raises(BrokerRefusesLogin):
                await api.put("policies/{vhost}/mine", {"pattern": ".*", "definition": {"max-length": 1}})
            if rights.role == "status_api":
                assert len(await api.get("queues/{vhost}?columns=name")) > 10
            else:
                with pytest.raises(BrokerRefusesLogin):
                    await api.get("queues/{vhost}?columns=name")
