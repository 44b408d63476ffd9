"""The same questions asked by pysnmp's high-level API and by Debian's command-line tools.

What is asked is what the collector itself asks of these printers, cold and warm, noted by an exchange that listens.
Run as `python -m bench.collector.peers LAB PRINTERS`; prints JSON.
"""

import asyncio
import json
import resource
import shutil
import subprocess
import sys
import time
from typing import Any

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    bulk_cmd,
    get_cmd,
    next_cmd,
)

from bench.collector.lab import Lab
from services.collector.mib.oids import dotted
from services.collector.plans.plans import Plans
from services.collector.plans.reader import Reader
from services.collector.snmp.exchange import GET, GET_BULK, V2C, Answer, Octets, Question, Target
from services.collector.snmp.udp import UdpExchange
from shared import logs

_COMMANDS = {GET: "snmpget", GET_BULK: "snmpbulkget"}


class Listening:
    """An OctetExchange that notes what is asked."""

    def __init__(self, inner: UdpExchange) -> None:
        self._inner = inner
        self.asked: list[tuple[Target, Question]] = []

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        self.asked.append((target, question))
        return await self._inner.ask(target, question, deadline, attempts)

    async def ask_octets(
        self, target: Target, question: Question, deadline: float, attempts: int | None = None
    ) -> Answer | Octets:
        self.asked.append((target, question))
        return await self._inner.ask_octets(target, question, deadline, attempts)


async def questions(targets: list[Target]) -> dict[str, list[tuple[Target, Question]]]:
    """What the collector asks: cold, and warm once it knows how."""
    async with UdpExchange() as exchange:
        listening = Listening(exchange)
        reader = Reader(listening, Plans())
        found = {}
        for name in ("cold", "settling", "settling", "settling", "warm"):
            listening.asked = []
            for target in targets:
                await reader.read(target, time.monotonic() + 30)
            found[name] = listening.asked
    return found


async def by_hlapi(asked: list[tuple[Target, Question]]) -> float:
    """CPU seconds of pysnmp's high-level API as its documentation uses it: one engine, names looked up."""
    engine = SnmpEngine()
    community, context = CommunityData("public", mpModel=1), ContextData()  # noqa: S508 - v2c is what is compared
    transports: dict[str, UdpTransportTarget] = {}
    for target, _ in asked:
        if target.address not in transports:
            transports[target.address] = await UdpTransportTarget.create((target.address, target.port), 2, 1)
    cpu = time.process_time()
    for target, question in asked:
        names = [ObjectType(ObjectIdentity(dotted(cell))) for cell in question.oids]
        to = transports[target.address]
        if question.pdu == GET_BULK:
            await bulk_cmd(engine, community, to, context, 0, question.repetitions, *names)
        elif question.pdu == GET:
            await get_cmd(engine, community, to, context, *names)
        else:
            await next_cmd(engine, community, to, context, *names)
    cpu = time.process_time() - cpu
    engine.close_dispatcher()
    return cpu


def by_commands(asked: list[tuple[Target, Question]]) -> float:
    """CPU seconds of snmpget, snmpgetnext and snmpbulkget, one process for each request: that is how they are used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for target, question in asked:
        command = [_COMMANDS.get(question.pdu, "snmpgetnext"), "-v2c", "-c", "public", "-On"]
        if question.pdu == GET_BULK:
            command += ["-Cn0", f"-Cr{question.repetitions}"]
        names = [dotted(cell) for cell in question.oids]
        subprocess.run(
            [*command, f"{target.address}:{target.port}", *names], stdout=subprocess.DEVNULL, check=False, timeout=30
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


async def run(lab: Lab, printers: int) -> dict[str, Any]:
    targets = [target for target, dead in lab.targets() if not dead and target.version == V2C][:printers]
    asked = await questions(targets)
    found: dict[str, Any] = {"printers": len(targets)}
    for name in ("warm", "cold"):
        hlapi_s = await by_hlapi(asked[name])
        found[name] = {"hlapi_us": 1e6 * hlapi_s / len(targets)}
        if shutil.which("snmpbulkget") and shutil.which("snmpget"):
            commands_s = await asyncio.to_thread(by_commands, asked[name])
            found[name]["commands_us"] = 1e6 * commands_s / len(targets)
    return found


def main() -> int:
    logs.set_up("bench", "peers", level="ERROR", style="text")
    lab = Lab(**json.loads(sys.argv[1]))
    sys.stdout.write(json.dumps(asyncio.run(run(lab, int(sys.argv[2])))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
