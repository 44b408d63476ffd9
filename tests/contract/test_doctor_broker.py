"""The broker's half of a snapshot, read from a real broker, and what the checks say about it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from doctor.checks import run
from doctor.collect import broker_view
from doctor.snapshot import BrokerView, Snapshot
from shared.broker.link import amqp_url
from shared.management import Management
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from shared.topology.table import topology
from tests.support import VirtualHost, eventually

pytestmark = pytest.mark.contract
OPTIONS = TopologyOptions(
    sites=("main", "annex"), max_queue_size=50, passwords={"status_api": "a-password-of-the-test"}
)
STUCK, FLOWING, FULL = "poll.main.routine", "poll.main.urgent", "poll.annex.routine"


@pytest.fixture
async def api(vhost: VirtualHost) -> AsyncIterator[Management]:
    async with Management(vhost.management_url, vhost.name) as management:
        await apply(management, OPTIONS)
        yield management


@pytest.fixture
async def channel(vhost: VirtualHost, api: Management) -> AsyncIterator[AbstractChannel]:
    connection = await aio_pika.connect(vhost.amqp_url)
    async with connection:
        yield await connection.channel()


async def look(api: Management) -> tuple[BrokerView, dict[tuple[str, str], str]]:
    view = await broker_view(api)
    found = run(Snapshot(datetime.now(UTC), view, wanted=topology(OPTIONS)))
    return view, {(f.id, f.subject): f"{f.title} {f.evidence}" for f in found}


async def put(channel: AbstractChannel, exchange: str, key: str, count: int) -> None:
    target = await channel.get_exchange(exchange, ensure=False)
    for _ in range(count):
        await target.publish(aio_pika.Message(b"{}"), key)


async def test_a_fresh_broker_lacks_only_its_services(vhost: VirtualHost, api: Management) -> None:
    async def quiet() -> bool:  # the policies of new queues are told after some seconds
        return {name for name, _ in (await look(api))[1]} == {"queue_no_consumers"}

    await eventually(quiet, timeout=30, what="nothing but missing consumers")
    wanted = topology(OPTIONS)
    _, found = await look(api)
    assert {subject for _, subject in found} == {q.name for q in wanted.queues if q.consumer}
    # status_api's own user sees the same.
    user = amqp_url(vhost.management_url, "printsweep-status_api", "a-password-of-the-test")
    async with Management(user, vhost.name) as theirs:
        assert (await look(theirs))[1] == found


async def test_messages_that_wait_stick_or_went_astray_are_told_from_those_that_flow(
    api: Management, channel: AbstractChannel
) -> None:
    async def keep(_: AbstractIncomingMessage) -> None:
        return

    async def finish(message: AbstractIncomingMessage) -> None:
        await message.ack()

    await channel.set_qos(5)
    await (await channel.get_queue(STUCK)).consume(keep)
    await (await channel.get_queue(FLOWING)).consume(finish)
    await put(channel, "work", FULL, 50)
    await put(channel, "work", STUCK, 20)
    await put(channel, "work", FLOWING, 20)
    await put(channel, "events", "no.such.key", 3)
    expected = {("queue_full", FULL), ("queue_no_consumers", FULL), ("queue_no_acks", STUCK), ("unroutable",) * 2}

    async def said() -> bool:
        return expected <= set((await look(api))[1])

    await eventually(said, timeout=60, what="the full queue, the consumer that does not ack, the astray messages")
    view, found = await look(api)
    assert "50 of 50" in found["queue_full", FULL]
    assert "50 messages wait" in found["queue_no_consumers", FULL]
    assert "hold 5 messages" in found["queue_no_acks", STUCK]
    assert "3 events" in found["unroutable", "unroutable"]
    assert view.queues[STUCK].acks in (0, None)
    assert view.queues[FLOWING].acks == 20
    assert not {key for key in found if key[1] == FLOWING}


async def test_what_differs_from_the_table_is_named(vhost: VirtualHost, api: Management) -> None:
    vhost.api("DELETE", "queues/{vhost}/glpi.request")
    vhost.api("DELETE", "exchanges/{vhost}/reply")
    vhost.api("DELETE", "policies/{vhost}/printsweep%3Adead.glpi")
    vhost.api("DELETE", "policies/{vhost}/printsweep%3Aexchange.record")
    [bound] = vhost.api("GET", "bindings/{vhost}/e/beats/q/status.beats")
    vhost.api("DELETE", f"bindings/{{vhost}}/e/beats/q/status.beats/{bound['properties_key']}")
    outranks = {"pattern": "^status\\.record$", "definition": {"max-length": 5}, "priority": 99, "apply-to": "queues"}
    vhost.api("PUT", "policies/{vhost}/somebody-else", outranks)
    expected = {
        ("topology_missing", "glpi.request"),
        ("topology_missing", "reply"),
        ("policy_missing", "dead.glpi"),
        ("policy_missing", "record"),
        ("binding_missing", "status.beats"),
        ("policy_different", "status.record"),
    }

    async def said() -> bool:
        return expected == {key for key in (await look(api))[1] if key[0] != "queue_no_consumers"}

    await eventually(said, timeout=40, what="all differences and nothing else")
    assert "somebody-else" in (await look(api))[1]["policy_different", "status.record"]
