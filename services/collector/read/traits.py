"""What was learned about how a device wants to be asked: remembered between polls, bounded, and forgotten in time."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from services.collector.snmp.exchange import Oid

FIRST_VARBINDS = 16  # a bet: small cards stop at some 10 to 20, and the rest gain little beyond
MOST_KEPT = 20_000
MOST_ABSENT = 500
KEEP_S = 24 * 3600.0


@dataclass(slots=True)
class Traits:
    """`varbinds`: how many a PDU may hold; `no_bulk`: GETBULK is answered wrongly; `absent`: v1 has no such names."""

    varbinds: int = FIRST_VARBINDS
    no_bulk: bool = False
    absent: set[Oid] = field(default_factory=set)
    since: float = field(default_factory=time.monotonic)

    def note_absent(self, oid: Oid) -> None:
        """A v1 agent refused the whole PDU for this name: not to be asked again."""
        if len(self.absent) < MOST_ABSENT:
            self.absent.add(oid)


class Memory:
    """The traits of the devices that were read last, by address, port and version."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, int, int], Traits] = OrderedDict()

    def of(self, address: str, port: int, version: int) -> Traits:
        """The device's traits: kept ones while they are fresh, else a beginner's."""
        key = (address, port, version)
        traits = self._kept.get(key)
        if traits is None or time.monotonic() - traits.since > KEEP_S:
            traits = self._kept[key] = Traits()
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return traits
