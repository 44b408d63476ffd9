"""Beside HTTP and the command line: whoever may write to scheduler.command can have a printer polled.

The real scheduler, the real collector and simulated printers; the orders come as docs/compose.md tells people to
send them: as RabbitMQ's own page publishes, and with the AMQP client that is printed there.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lab.fleet.fleet import Fleet
from lab.fleet.settings import Settings as FleetSettings
from tests.support.broker import VirtualHost, management_call_async
from tests.support.collector import PATIENT_S, environment
from tests.support.eventually import eventually
from tests.support.process import ROOT
from tests.support.scheduling import MODULE, StartService, World, leading, world

pytestmark = pytest.mark.contract

DOCUMENT = (ROOT / "docs/compose.md").read_text(encoding="utf-8")


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with Fleet(FleetSettings(printers=3, paused=True)) as made:
        yield made


@pytest.fixture
async def pipeline(
    vhost: VirtualHost, fleet: Fleet, tmp_path: Path, start_service: StartService
) -> AsyncIterator[World]:
    """Scheduler and collector, and the fleet in the inventory, which was sent by hand, too."""
    async with world(vhost, tmp_path) as made:
        scheduler = start_service(MODULE, made.environment)
        start_service("services.collector", environment(vhost, tmp_path, PATIENT_S))
        await leading(scheduler)
        rows = [f"{d.ip},{fleet.port},{'lab' if 1 in d.model.versions else 'lab-v1'}" for d in fleet.devices]
        table = "\n".join(["address,port,profile", *rows])
        await publish(vhost, "inventory.command.v1", {"action": "import", "csv": table})
        await eventually(lambda: len(printers(made)) == len(fleet.devices), what="the printers in the inventory")
        yield made


async def publish(vhost: VirtualHost, type_: str, body: dict[str, Any]) -> None:
    """What RabbitMQ's page sends when somebody fills in "Publish message" of scheduler.command (seen on 4.0)."""
    answer = await management_call_async(
        vhost.management_url,
        "POST",
        f"exchanges/{vhost.name}/amq.default/publish",
        {
            "vhost": vhost.name,
            "name": "amq.default",
            "properties": {"delivery_mode": 2, "headers": {}, "type": type_},
            "routing_key": "scheduler.command",
            "delivery_mode": "2",
            "payload": json.dumps(body),
            "payload_encoding": "string",
            "headers": {},
            "props": {"type": type_},
        },
    )
    assert answer == {"routed": True}


def printers(pipeline: World) -> dict[str, int]:
    """Address → printer id, as the scheduler told them."""
    return {p["address"]: p["id"] for body in pipeline.told("printers.changed") for p in body.get("changed", [])}


def results(pipeline: World) -> dict[int, dict[str, Any]]:
    """Printer id → its last result."""
    return {r["printer_id"]: r for body in pipeline.told("polls.finished") for r in body["results"]}


async def test_a_message_from_rabbitmqs_page_polls_a_printer(pipeline: World, vhost: VirtualHost, fleet: Fleet) -> None:
    device = fleet.devices[1]
    printer_id = printers(pipeline)[device.ip]
    await publish(vhost, "poll.order.v1", {"printer_ids": [printer_id]})
    result = await eventually(lambda: results(pipeline).get(printer_id), what="a result")
    assert result["state"] == "DONE", result["error"]
    assert result["reading"]["identity"]["serial"] == device.serial
    assert [d.asked.polls for d in fleet.devices] == [0, 1, 0], "the others were left alone"


async def test_the_amqp_client_of_the_document_works(
    pipeline: World, vhost: VirtualHost, fleet: Fleet, tmp_path: Path
) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    (tmp_path / "order.py").write_text(program)
    wanted = [printers(pipeline)[d.ip] for d in fleet.devices[:2]]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        tmp_path / "order.py",
        *map(str, wanted),
        env={**os.environ, "AMQP_URL": vhost.amqp_url},
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    await eventually(lambda: set(results(pipeline)) == set(wanted), what="both results")
    assert {r["state"] for r in results(pipeline).values()} == {"DONE"}


async def test_a_wrong_order_is_kept_with_its_reason(pipeline: World, vhost: VirtualHost) -> None:
    await publish(vhost, "poll.order.v1", {"printers": [1]})
    await publish(vhost, "poll.ordr.v1", {"printer_ids": [1]})
    await eventually(lambda: pipeline.depth("dead.record"), what="a dead letter")
    dead = await pipeline.queue("dead.record")

    async def both() -> list[str]:
        while (message := await dead.get(fail=False)) is not None:
            texts.append(str(message.headers["x-error-message"]))
            await message.ack()
        return texts if len(texts) == 2 else []

    texts: list[str] = []
    found = " ".join(await eventually(both, what="two dead letters"))
    assert "printer_ids" in found
    assert "poll.ordr.v1" in found
    assert "poll.order.v1" in found, "it names what the queue takes"


async def test_a_sweep_can_be_ordered_so_too(pipeline: World, vhost: VirtualHost, fleet: Fleet) -> None:
    await publish(vhost, "sweep.order.v1", {})
    (opened,) = await eventually(lambda: pipeline.told("sweep.opened"), what="a sweep")
    counts = await pipeline.closed(opened["sweep_id"])
    assert (counts["planned"], counts["done"]) == (3, 3)
