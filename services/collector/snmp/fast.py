"""Datagram → Reply on the hot path: a strict BER reader for exactly one thing, a v1 or v2c response.

It takes what SNMP agents send (definite lengths, RFC 3417 section 8) and raises Unusual for everything else, so that
the caller can ask the complete decoder. It never guesses: what it accepts, the complete decoder accepts with the same
result, save two things: an unsigned number whose first octet has its top bit set (agents that forget the leading zero)
is read as the unsigned number that was meant, and v2c's exceptions are taken in v1 too.
"""

from typing import NamedTuple

from services.collector.snmp.decode import MOST_ARCS, Reply
from services.collector.snmp.errors import Malformed
from services.collector.snmp.exchange import (
    COUNTER32,
    COUNTER64,
    GAUGE32,
    IP_ADDRESS,
    OCTETS,
    OPAQUE,
    TIME_TICKS,
    Oid,
    Value,
    Varbind,
)

MOST_NAMES = 65_536  # object identifiers remembered by their octets, about 200 octets each
MOST_KNOWN = 16_384  # varbinds remembered by their octets, about 300 octets each
MOST_KNOWN_OCTETS = 256

_SEQUENCE, _INTEGER, _OCTETS, _NULL, _OID = 0x30, 0x02, 0x04, 0x05, 0x06
_RESPONSE = 0xA2
_UNSIGNED = frozenset((COUNTER32, GAUGE32, TIME_TICKS))
_EMPTY = frozenset((_NULL, 0x80, 0x81, 0x82))
_RAW = frozenset((OCTETS, OPAQUE))
_names: dict[bytes, Oid] = {}
_MOVING = frozenset((COUNTER32, COUNTER64, TIME_TICKS))  # hardly ever the same twice
_varbinds_known: dict[bytes, Varbind] = {}


class Unusual(Malformed):
    """Not a plain response: the complete decoder decides."""


def _length(data: bytes, at: int) -> tuple[int, int]:
    """The definite length at `at`, and where the contents begin."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    octets = first & 0x7F
    if not 1 <= octets <= 3:
        raise Unusual
    return int.from_bytes(data[at + 1 : at + 1 + octets], "big"), at + 1 + octets


def _name(octets: bytes) -> Oid:
    """The object identifier in these octets; remembered, for a fleet asks for the same ones again and again."""
    found = _names.get(octets)
    if found is not None:
        return found
    if not octets or octets[-1] & 0x80:
        raise Unusual
    arcs: list[int] = []
    arc = 0
    for octet in octets:
        if octet == 0x80 and arc == 0:
            raise Unusual  # padded: not the shortest form
        arc = arc << 7 | octet & 0x7F
        if arc > 0xFFFFFFFF + 80:
            raise Unusual
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    oid = (first, arcs[0] - 40 * first, *arcs[1:])
    if len(oid) > MOST_ARCS or max(oid) > 0xFFFFFFFF:
        raise Unusual
    if len(_names) >= MOST_NAMES:
        _names.clear()
    _names[octets] = oid
    return oid


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A short INTEGER of the message's frame, and where the next element begins."""
    if data[at] != _INTEGER:
        raise Unusual
    size = data[at + 1]
    if not 1 <= size <= 4:
        raise Unusual
    end = at + 2 + size
    return int.from_bytes(data[at + 2 : end], "big", signed=True), end


def _value(tag: int, octets: bytes) -> Value:
    size = len(octets)
    if tag in _RAW:
        return octets
    if tag == _INTEGER:
        if not 1 <= size <= 4:
            raise Unusual
        return int.from_bytes(octets, "big", signed=True)
    if tag in _UNSIGNED:
        if not 1 <= size <= 5 or (size == 5 and octets[0]):
            raise Unusual
        return int.from_bytes(octets, "big")
    if tag in _EMPTY:
        if size:
            raise Unusual
        return None
    if tag == COUNTER64:
        if not 1 <= size <= 9 or (size == 9 and octets[0]):
            raise Unusual
        return int.from_bytes(octets, "big")
    if tag == _OID:
        return _name(octets)
    if tag == IP_ADDRESS and size == 4:
        return octets
    raise Unusual


class Frame(NamedTuple):
    """A response's head; its varbinds begin at octet `start` and are not looked at yet."""

    version: int
    community: bytes
    request_id: int
    error_status: int
    error_index: int
    start: int


def decode(data: bytes) -> Reply:
    """The response in a datagram. Raises Unusual, and nothing else, for whatever is not plainly one."""
    return rest(data, frame(data))


def frame(data: bytes) -> Frame:
    """The head of the response in a datagram. Raises Unusual."""
    try:
        return _frame(data)
    except IndexError:
        raise Unusual from None


def rest(data: bytes, head: Frame) -> Reply:
    """The whole response, its head being read. Raises Unusual."""
    found = varbinds(data, head.start, len(data))
    return Reply(head.version, head.community, _RESPONSE, head.request_id, head.error_status, head.error_index, found)


def varbinds(data: bytes, start: int, stop: int) -> list[Varbind]:
    """The varbinds in these octets. Raises Unusual."""
    try:
        return _varbinds(data, start, stop)
    except IndexError:
        raise Unusual from None


def starts(data: bytes, at: int) -> list[int]:
    """Where each varbind from `at` on begins, and where the last ends. Raises Unusual.

    Only the outer lengths are looked at: whoever takes a varbind's octets as they are must know them already.
    """
    end = len(data)
    found = [at]
    try:
        while at < end:
            if data[at] != _SEQUENCE:
                raise Unusual
            size = data[at + 1]
            if size < 0x80:
                at += 2 + size
            else:
                size, at = _length(data, at + 1)
                at += size
            found.append(at)
    except IndexError:
        raise Unusual from None
    if at != end:
        raise Unusual
    return found


def _frame(data: bytes) -> Frame:
    if data[0] != _SEQUENCE:
        raise Unusual
    size, at = _length(data, 1)
    if at + size != len(data):
        raise Unusual
    version, at = _number(data, at)
    if version not in (0, 1) or data[at] != _OCTETS:
        raise Unusual
    size, at = _length(data, at + 1)
    community = data[at : at + size]
    at += size
    if data[at] != _RESPONSE:
        raise Unusual
    size, at = _length(data, at + 1)
    if at + size != len(data):
        raise Unusual
    request_id, at = _number(data, at)
    error_status, at = _number(data, at)
    error_index, at = _number(data, at)
    if error_index < 0 or data[at] != _SEQUENCE:
        raise Unusual
    size, at = _length(data, at + 1)
    if at + size != len(data):
        raise Unusual
    return Frame(version, community, request_id, error_status, error_index, at)


def _varbinds(data: bytes, at: int, end: int) -> list[Varbind]:
    """The loop that everything else is measured by. Most of a fleet's varbinds are as they were before."""
    found: list[Varbind] = []
    known = _varbinds_known
    while at < end:
        if data[at] != _SEQUENCE:
            raise Unusual
        size = data[at + 1]
        inner = at + 2
        if size >= 0x80:
            size, inner = _length(data, at + 1)
        at = inner + size
        if at > end:
            raise Unusual
        octets = data[inner:at]
        varbind = known.get(octets)
        if varbind is None:
            varbind = _varbind(octets)
            if size <= MOST_KNOWN_OCTETS and varbind.tag not in _MOVING:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                known[octets] = varbind
        found.append(varbind)
    return found


def _varbind(octets: bytes) -> Varbind:
    """The varbind whose contents these octets are. Raises Unusual or IndexError."""
    if octets[0] != _OID:
        raise Unusual
    size, at = _length(octets, 1)
    name = octets[at : at + size]
    at += size
    oid = _names.get(name) or _name(name)
    tag = octets[at]
    size, at = _length(octets, at + 1)
    if at + size != len(octets):
        raise Unusual
    return Varbind(oid, tag, _value(tag, octets[at:]))
