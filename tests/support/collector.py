"""A collector's surroundings for the tests: profiles, topology, requests put in, and what comes out."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aio_pika

from shared.management import Management
from shared.messages.base import now
from shared.messages.envelope import build
from shared.messages.kinds import kind
from shared.messages.polls import PollRequest
from shared.topology.options import TopologyOptions
from shared.topology.plan import apply
from tests.support.broker import VirtualHost
from tests.support.eventually import eventually


def profiles_file(folder: Path, networks: tuple[str, ...] = ("127.16.0.0/12",), **more: Any) -> Path:
    """A file with the profiles `lab` (v2c) and `lab-v1`."""
    common = {"community": "public", "timeout_s": 1.0, "retries": 1, "permitted_networks": list(networks), **more}
    path = folder / "profiles.json"
    path.write_text(json.dumps({"profiles": {"lab": common, "lab-v1": common | {"version": "1"}}}))
    return path


PATIENT_S = 3.0  # a busy machine is no silent printer: nothing is asked twice, where that is counted


def environment(vhost: VirtualHost, folder: Path, timeout_s: float = 1.0, **more: str) -> dict[str, str]:
    """The settings of a collector that reads the simulated fleet."""
    return {
        **vhost.environment,
        "PRINTSWEEP_COLLECTOR_PROFILES_FILE": str(profiles_file(folder, timeout_s=timeout_s)),
        "PRINTSWEEP_INSTANCE": "collector-1",
        **more,
    }


async def lay_topology(vhost: VirtualHost, options: TopologyOptions | None = None) -> None:
    """Apply the topology to a virtual host."""
    async with Management(vhost.management_url, vhost.name) as api:
        await apply(api, options or TopologyOptions())


def request(address: str, port: int, **more: Any) -> PollRequest:
    """A poll.request for one printer."""
    values = {
        "poll_id": uuid.uuid4().hex,
        "printer_id": 1,
        "address": address,
        "port": port,
        "profile": "lab",
        "site": "main",
        "lane": "routine",
        "sweep_id": "s1",
        "requested_at": now(),
        "budget_s": 20.0,
    }
    return PollRequest.model_validate(values | more)


class Bench:
    """A connection beside the collector: puts requests in and reads queues."""

    def __init__(self, vhost: VirtualHost, channel: aio_pika.abc.AbstractChannel) -> None:
        self.vhost = vhost
        self.channel = channel

    async def put(self, *requests: PollRequest) -> None:
        """Publish requests to their queues."""
        exchange = await self.channel.get_exchange("work", ensure=False)
        what = kind("poll.request")
        await asyncio.gather(
            *(exchange.publish(build(what, r), routing_key=f"poll.{r.site}.{r.lane.value}") for r in requests)
        )

    async def take(self, queue: str) -> list[tuple[str, Any]]:
        """Take everything that stands in a queue now: (type, body)."""
        found = []
        source = await self.channel.get_queue(queue, ensure=False)
        while (message := await source.get(fail=False)) is not None:
            await message.ack()
            found.append((message.type or "", json.loads(message.body)))
        return found

    async def ready(self, queue: str) -> int:
        """Messages that are ready in a queue, now."""
        declared = await self.channel.declare_queue(queue, passive=True)
        return int(declared.declaration_result.message_count or 0)


class Outcomes:
    """Everything that came out, gathered from status.record and scheduler.feedback."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.results: dict[str, list[dict[str, Any]]] = {}
        self.closed: dict[str, list[dict[str, Any]]] = {}
        self.started: set[str] = set()

    async def gather(self) -> None:
        """Take what is there now."""
        for type_, body in await self._bench.take("status.record"):
            if type_ == "polls.finished.v1":
                for result in body["results"]:
                    self.results.setdefault(result["poll_id"], []).append(result)
            elif type_ == "polls.started.v1":
                self.started.update(body["polls"])
        for type_, body in await self._bench.take("scheduler.feedback"):
            if type_ == "polls.closed.v1":
                for closed in body["polls"]:
                    self.closed.setdefault(closed["poll_id"], []).append(closed)

    async def until(self, requests: list[PollRequest], timeout: float = 30.0) -> None:
        """Wait until every request has a result and is closed."""

        async def all_there() -> bool:
            await self.gather()
            missing = [r.poll_id for r in requests if r.poll_id not in self.results or r.poll_id not in self.closed]
            assert not missing, f"{len(missing)} of {len(requests)} without a result"
            return True

        await eventually(all_there, timeout, "a result for every request")


@asynccontextmanager
async def bench(vhost: VirtualHost) -> AsyncIterator[Bench]:
    """The bench of a virtual host."""
    connection = await aio_pika.connect(vhost.amqp_url)
    try:
        yield Bench(vhost, await connection.channel(publisher_confirms=True))
    finally:
        await connection.close()
