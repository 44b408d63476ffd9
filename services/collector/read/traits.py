"""What was learned about how a device wants to be asked: remembered between polls, bounded, and forgotten in time."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from services.collector.snmp.exchange import Oid

FIRST_VARBINDS = 8  # taken for answered: small cards stop at some 10 to 20
MOST_VARBINDS = 96  # of which a reply has some 3,000 octets: two fragments, three at most
MOST_KEPT = 20_000
MOST_ABSENT = 500
KEEP_S = 24 * 3600.0


@dataclass(slots=True)
class Traits:
    """`varbinds`: how many of one PDU have been answered; `most`: a number known to be the limit, or our own;
    `no_bulk`: GETBULK is answered wrongly; `absent`: v1 has no such names."""

    varbinds: int = FIRST_VARBINDS
    no_bulk: bool = False
    absent: frozenset[Oid] = frozenset()
    most: int = MOST_VARBINDS
    since: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        """How many to ask for in one PDU: twice what has been answered, as far as no limit is known."""
        return min(self.most, 2 * self.varbinds)

    def note_answered(self, varbinds: int) -> bool:
        """So many of one PDU were answered. True where it had not been so many before."""
        if varbinds <= self.varbinds or self.varbinds >= self.most:
            return False
        self.varbinds = min(self.most, varbinds)
        return True

    def note_absent(self, oid: Oid) -> None:
        """A v1 agent refused the whole PDU for this name: not to be asked again."""
        if len(self.absent) < MOST_ABSENT:
            self.absent |= {oid}

    def note_limit(self, varbinds: int) -> None:
        """More than these were too many."""
        self.most = max(1, min(self.most, varbinds))
        self.varbinds = min(self.varbinds, self.most)


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
