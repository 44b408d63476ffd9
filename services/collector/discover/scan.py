"""Asks every address once, the silent ones once more, and reads what turns out to be a printer.

Where nobody has said which version, the second time is in v1: some printers know nothing else.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from services.collector.discover.networks import addresses
from services.collector.discover.paced import Paced
from services.collector.discover.probe import Evidence, Probed, probe
from services.collector.mib.oids import dotted
from services.collector.profiles import Address, Network, Profile
from services.collector.read.printer import read
from services.collector.read.traits import Memory
from services.collector.snmp.errors import NoAnswer, SnmpError
from services.collector.snmp.exchange import Exchange

T = TypeVar("T")

MOST_AT_ONCE, READ_AT_ONCE = 2_000, 16
READ_S = 30.0  # for one printer
MOST_OTHERS = 1_000  # other devices that are named
_IDENTITY = ("manufacturer", "model", "serial", "name", "mac", "location", "sys_object_id")


@dataclass
class Found:
    """What a scan has found so far."""

    asked: int = 0
    devices: dict[Address, Probed] = field(default_factory=dict)  # bounded by the number of addresses
    by: dict[Address, Profile] = field(default_factory=dict)  # which of the profiles it answered
    refused: dict[Address, str] = field(default_factory=dict)  # answered, but not with what was asked
    printers: list[dict[str, Any]] = field(default_factory=list)


class Scan:
    """One run over networks. `port` is the UDP port of all; `again` is the profile of the second attempt."""

    def __init__(self, exchange: Exchange, profile: Profile, again: Profile, port: int, rate: int) -> None:
        self._exchange, self._profile, self._again, self._port = Paced(exchange, rate), profile, again, port
        self._workers = min(MOST_AT_ONCE, int(rate * profile.timeout_s) + 8)
        self._found = Found()

    async def run(self, networks: Sequence[Network]) -> dict[str, Any]:
        """The document that `printsweep discover --json` prints."""
        begun = time.monotonic()
        silent = await self._ask(addresses(networks), self._profile)
        self._found.asked = len(silent) + len(self._found.devices) + len(self._found.refused)
        await self._ask(silent, self._again)
        printers = [(address, one) for address, one in self._found.devices.items() if one.evidence is not None]
        await _each(printers, self._read, READ_AT_ONCE)
        return self._document(time.monotonic() - begun)

    async def _ask(self, wanted: Iterable[Address], profile: Profile) -> list[Address]:
        silent: list[Address] = []

        async def ask(address: Address) -> None:
            target = profile.target(address, self._port)
            deadline = time.monotonic() + 4 * profile.timeout_s
            try:
                self._found.devices[address] = await probe(self._exchange, target, deadline)
                self._found.by[address] = profile
            except NoAnswer:
                silent.append(address)
            except SnmpError as error:
                self._found.refused[address] = str(error)

        await _each(wanted, ask, self._workers)
        return silent

    async def _read(self, known: tuple[Address, Probed]) -> None:
        address, probed = known
        profile = self._found.by[address]
        target = profile.target(address, self._port)
        one: dict[str, Any] = {"address": str(address), "port": self._port}
        one |= {"version": profile.version, "evidence": probed.evidence}
        try:
            reading = await read(self._exchange, target, time.monotonic() + READ_S, Memory())
        except SnmpError as error:
            one |= dict.fromkeys(_IDENTITY) | {"error": str(error)}
        else:
            if probed.evidence is Evidence.VENDOR and not (reading["counters"] or reading["supplies"]):
                self._found.devices[address] = Probed(probed.object_id, probed.described, None)
                return
            one |= {name: reading["identity"][name] for name in _IDENTITY} | {"error": None}
        self._found.printers.append(one)

    def _document(self, seconds: float) -> dict[str, Any]:
        found = self._found
        order = {str(address): (address.version, int(address)) for address in found.devices}
        others = [(address, one) for address, one in found.devices.items() if one.evidence is None]
        return {
            "printers": sorted(found.printers, key=lambda one: order[one["address"]]),
            "other_devices": [
                {
                    "address": str(address),
                    "sys_object_id": dotted(one.object_id) if one.object_id else None,
                    "sys_descr": one.described,
                }
                for address, one in others[:MOST_OTHERS]
            ]
            + [{"address": str(address), "error": error} for address, error in [*found.refused.items()][:MOST_OTHERS]],
            "asked": found.asked,
            "answered": len(found.devices) + len(found.refused),
            "others": len(others) + len(found.refused),
            "packets": self._exchange.packets,
            "seconds": round(seconds, 2),
        }


async def _each(items: Iterable[T], work: Callable[[T], Awaitable[None]], at_once: int) -> None:
    """`work` for each item, so many at once; nothing is held for those that wait."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
