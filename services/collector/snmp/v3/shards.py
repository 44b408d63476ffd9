"""Which engine speaks with which device: each user has its own engines, each with a bounded number of devices."""

import asyncio
from collections import OrderedDict

import structlog

from services.collector.snmp.v3.security import Security
from services.collector.snmp.v3.shard import Shard, Source

log = structlog.get_logger(__name__)

MOST_SHARDS = 40  # 20,000 devices; a full one has some 16 MB, for pysnmp keeps 33 KB for each device


class Shards:
    """Makes engines when they are needed, in a thread, one at a time; lets the one go that was idle longest."""

    def __init__(self, most: int = MOST_SHARDS) -> None:
        self._most = most
        self._shards: OrderedDict[int, Shard] = OrderedDict()
        self._by_device: dict[tuple[Security, Source], int] = {}
        self._making = asyncio.Lock()
        self._made = 0

    def __len__(self) -> int:
        return len(self._shards)

    async def of(self, security: Security, source: Source) -> Shard:
        """The engine for this user and device."""
        shard = self._kept(security, source)
        if shard is not None:
            return shard
        async with self._making:
            shard = self._kept(security, source) or self._with_room(security, source)
            if shard is None:
                shard = await asyncio.to_thread(Shard, security)
                shard.admit(source)
                self._made += 1
                self._shards[self._made] = shard
                self._by_device[security, source] = self._made
                while len(self._shards) > self._most:
                    self._drop(next(iter(self._shards)))
                log.info("snmpv3.engine", engines=len(self._shards), user=security.user)
        return shard

    def _kept(self, security: Security, source: Source) -> Shard | None:
        number = self._by_device.get((security, source))
        if number is None:
            return None
        if self._shards[number].is_worn:
            self._drop(number)
            return None
        self._shards.move_to_end(number)
        return self._shards[number]

    def _with_room(self, security: Security, source: Source) -> Shard | None:
        for number, shard in self._shards.items():
            if shard.security == security and not shard.is_full and not shard.is_worn:
                shard.admit(source)
                self._by_device[security, source] = number
                return shard
        return None

    def _drop(self, number: int) -> None:
        del self._shards[number]
        self._by_device = {device: at for device, at in self._by_device.items() if at != number}

    def tick(self) -> None:
        """See Shard.tick."""
        for shard in list(self._shards.values()):
            shard.tick()
