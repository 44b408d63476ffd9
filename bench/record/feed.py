"""What status_api is told of some sweeps: the messages of scheduler and collector, made of what a real reader reads.

A sweep's messages lie in a folder of their own, in the order in which they come; a file's name ends with its kind's.
"""

import asyncio
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from bench.collector.lab import Lab
from services.collector.outcome import encoded, result_of
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.snmp.exchange import V1
from services.collector.snmp.udp import UdpExchange
from shared.messages.base import now
from shared.messages.polls import BATCH, PollRequest
from shared.words import Lane

FIRST, UNCHANGED, PRINTED = "first", "nothing changed", "printed since"
SWEEPS = (FIRST, UNCHANGED, PRINTED)
INVENTORY = "inventory"
# How many polls a message names while the whole pipeline reads some hundred printers a second (bench.e2e).
REQUESTED, STARTED, FINISHED = 200, 20, 30
_IN_HAND = 60  # polls that begin between a poll's beginning and its end
_BUDGET_S = 60.0
_AT_A_TIME = 300

Message = tuple[str, dict[str, Any]]


def parts(things: list[Any], size: int) -> Iterator[list[Any]]:
    for at in range(0, len(things), size):
        yield things[at : at + size]


def inventory(asked: list[PollRequest]) -> Iterator[Message]:
    for version, some in enumerate(parts(asked, BATCH), 1):
        printers = [
            {"id": r.printer_id, "address": r.address, "port": r.port, "site": r.site, "profile": r.profile}
            for r in some
        ]
        yield "printers.changed", {"version": version, "changed": printers}


def sweep(asked: list[PollRequest], results: list[bytes], begun: str) -> Iterator[Message]:
    """One sweep as status_api hears of it: what is requested runs ahead, what is started comes before what ends."""
    sweep_id, ids = asked[0].sweep_id, [r.poll_id for r in asked]
    common = {"sweep_id": sweep_id, "lane": "routine", "requested_at": begun}
    refs = [{"poll_id": r.poll_id, "printer_id": r.printer_id, "site": r.site} for r in asked]
    yield (
        "sweep.opened",
        {"sweep_id": sweep_id, "slot": begun, "opened_at": begun, "reason": "ordered", "counts": {"planned": len(ids)}},
    )
    # A message comes when so many polls have begun as its first field says.
    told: list[tuple[int, Message]] = []
    for nth, some in enumerate(parts(refs, REQUESTED)):
        told.append((nth * REQUESTED // 2, ("polls.requested", common | {"polls": some})))
    for nth, some in enumerate(parts(ids, STARTED), 1):
        told.append((nth * STARTED, ("polls.started", {"collector": "bench", "at": begun, "polls": some})))
    for nth, some in enumerate(parts(results, FINISHED), 1):
        body = {"collector": "bench", "results": [orjson.Fragment(result) for result in some]}
        told.append((nth * FINISHED + _IN_HAND, ("polls.finished", body)))
    yield from (message for _, message in sorted(told, key=lambda t: t[0]))


class Feed:
    """Reads a fleet and writes the messages."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab, self._folder = lab, folder
        self._targets = [target for target, dead in lab.targets() if not dead]

    def _write(self, name: str, messages: Iterator[Message]) -> None:
        folder = self._folder / name
        folder.mkdir()
        for nth, (kind, body) in enumerate(messages):
            (folder / f"{nth:06d}.{kind}").write_bytes(orjson.dumps(body))

    def _requests(self, sweep_id: str) -> list[PollRequest]:
        return [
            PollRequest(
                poll_id=str(uuid.uuid4()),
                printer_id=number,
                address=target.address,
                port=target.port,
                profile="lab-v1" if target.version == V1 else "lab",
                site="main",
                lane=Lane.ROUTINE,
                sweep_id=sweep_id,
                requested_at=now(),
            )
            for number, target in enumerate(self._targets, 1)
        ]

    async def write(self) -> int:
        """All sweeps and the inventory. → how many printers there are."""
        async with UdpExchange() as exchange:
            reader = Reader(exchange, Plans())
            for name in SWEEPS:
                begun, asked = now().isoformat(), self._requests(name)
                if name == FIRST:
                    self._write(INVENTORY, inventory(asked))
                if name == PRINTED:
                    await asyncio.to_thread(self._lab.tick)
                results = await self._read(reader, asked)
                self._write(name, sweep(asked, results, begun))
                sys.stderr.write(f"{name}: {len(results)} printers read\n")
        return len(self._targets)

    async def _read(self, reader: Reader, asked: list[PollRequest]) -> list[bytes]:
        """The printers' results, encoded, in the order of the requests."""
        found: dict[int, bytes] = {}
        left = iter(zip(self._targets, asked, strict=True))

        async def some() -> None:
            for target, request in left:
                at, begun = now().isoformat(), time.monotonic()
                reading = await reader.read(target, begun + _BUDGET_S)
                result = result_of(request, at, time.monotonic() - begun, reading, None)
                found[request.printer_id] = encoded(result)

        await asyncio.gather(*(some() for _ in range(_AT_A_TIME)))
        return [found[request.printer_id] for request in asked]
