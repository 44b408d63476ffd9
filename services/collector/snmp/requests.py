"""Requests: encoded once for each (version, community, question), then only the request-id is written."""

import os
import struct
from collections.abc import Iterator

from services.collector.snmp.encode import ID_OCTETS, around_id
from services.collector.snmp.exchange import Question

MOST_KEPT = 4096
# Ids of 31 bits that always take four octets, so that they can be written over.
LEAST_ID, MOST_ID = 0x01000000, 0x7FFFFFFF

_POOL_OCTETS = 4096


def _ids() -> Iterator[int]:
    """Ids from the system's randomness, asked for many at a time."""
    while True:
        for (number,) in struct.iter_unpack("=I", os.urandom(_POOL_OCTETS)):
            if (found := number & MOST_ID) >= LEAST_ID:
                yield found


_fresh = _ids().__next__


def fresh_id() -> int:
    """A request-id that nobody can guess from the one before."""
    return _fresh()


class Requests:
    """Keeps encoded requests, at most `most`: the oldest goes, for that is cheaper to know than the least used."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: dict[tuple[int, bytes, Question], tuple[bytes, bytes]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def build(self, version: int, community: bytes, question: Question, request_id: int) -> bytes:
        """The message for `question` with this request-id."""
        key = (version, community, question)
        around = self._kept.get(key)
        if around is None:
            around = self._kept[key] = around_id(version, community, question)
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return around[0] + request_id.to_bytes(ID_OCTETS, "big") + around[1]
