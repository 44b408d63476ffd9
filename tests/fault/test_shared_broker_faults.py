"""Brokers that restart, and messages that kill whoever takes them."""

import asyncio
import contextlib
import signal
import subprocess
import sys

import aio_pika
import pytest

from shared.broker.consumer import Consumer
from shared.broker.deadletters import Reporter
from shared.broker.delivery import Delivery
from shared.broker.publisher import Publisher
from shared.broker.subscription import Plan
from shared.management import Management
from shared.messages.kinds import kind
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import BrokerHandle, VirtualHost
from tests.support.eventually import eventually
from tests.support.process import ROOT

pytestmark = pytest.mark.fault

_POISON = "poison"
_PROGRAM = """
import asyncio, os, sys
from shared.broker.consumer import Consumer
from shared.broker.deadletters import Reporter
from shared.broker.publisher import Publisher
from shared.broker.subscription import Plan

async def main(url):
    publisher = Publisher(url, "p")
    running = asyncio.create_task(publisher.run())
    gate = asyncio.Event()
    async def handler(delivery):
        serial = delivery.body.serials[0].serial
        if serial == "poison":
            os.kill(os.getpid(), 9)
        await asyncio.sleep(0.02)  # the innocents are still unacked when the poison strikes
        print(serial, flush=True)
    plan = Plan("glpi.request", {"glpi.check": handler, "glpi.reconcile": handler}, prefetch=50)
    consumer = Consumer(url, "c", [plan], publisher, Reporter("t", "0"))
    await consumer.run()

asyncio.run(main(sys.argv[1]))
"""


async def test_a_broker_that_restarts_loses_nothing_that_was_confirmed(own_broker: BrokerHandle) -> None:
    async with Management(own_broker.management_url) as api:
        await apply(api, TopologyOptions())
    publisher = Publisher(own_broker.amqp_url, "p", heartbeat_s=2)
    seen: set[int] = set()

    async def handler(delivery: Delivery) -> None:
        seen.add(delivery.body.serials[0].printer_id)

    plan = Plan("glpi.request", {"glpi.check": handler, "glpi.reconcile": handler})
    consumer = Consumer(own_broker.amqp_url, "c", [plan], publisher, Reporter("t", "0"), heartbeat_s=2)
    tasks = [asyncio.create_task(publisher.run()), asyncio.create_task(consumer.run())]

    async def one(n: int) -> None:
        body = {"serials": [{"printer_id": n, "serial": "x"}]}
        await publisher.insist(kind("glpi.check"), body, give_up_after_s=90)

    sending = asyncio.gather(*(one(n) for n in range(1, 801)))
    await eventually(lambda: len(seen) > 50)
    await own_broker.restart()
    await sending
    await eventually(lambda: len(seen) == 800, timeout=60)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_poison_dies_alone(vhost: VirtualHost) -> None:
    """One message kills every process that takes it. The supervisor's part is played here: start again, and again."""
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, TopologyOptions())
        path = "policies/{vhost}/printsweep%3Aglpi.request"
        policy = await api.get(path)
        await api.put(path, policy | {"definition": policy["definition"] | {"delivery-limit": 4}})
    publisher = Publisher(vhost.amqp_url, "p")
    running = asyncio.create_task(publisher.run())
    for n in range(40):
        body = {"serials": [{"printer_id": n + 1, "serial": _POISON if n == 20 else f"S{n}"}]}
        await publisher.publish(kind("glpi.check"), body)
    running.cancel()
    survivors: set[str] = set()
    deaths = 0
    connection = await aio_pika.connect(vhost.amqp_url)
    async with connection:
        queue = await (await connection.channel()).get_queue("dead.glpi", ensure=False)
        dead: list[aio_pika.abc.AbstractIncomingMessage] = []
        for _ in range(12):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _PROGRAM, vhost.amqp_url, cwd=ROOT, stdout=subprocess.PIPE
            )
            reading = asyncio.create_task(_read(process, survivors))

            async def over() -> bool:
                if message := await queue.get(fail=False, no_ack=True):
                    dead.append(message)
                return reading.done() or bool(dead and len(survivors) == 39)  # noqa: B023 - this turn's reader

            await eventually(over)
            if not reading.done():
                # Nothing is left for it to do, or it has just died: then the signal changes nothing about its status.
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
            await reading
            status = await process.wait()
            assert status in (-signal.SIGKILL, -signal.SIGTERM)
            deaths += status == -signal.SIGKILL
            if dead and len(survivors) == 39:
                break
        assert [b'"poison"' in m.body for m in dead] == [True]
        assert deaths == 5  # the first delivery and four more
        assert await queue.get(fail=False) is None
    assert survivors == {f"S{n}" for n in range(40) if n != 20}


async def _read(process: asyncio.subprocess.Process, survivors: set[str]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        if line.startswith(b"S"):
            survivors.add(line.decode().strip())
