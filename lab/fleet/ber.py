"""The part of BER (X.690) that SNMP v1 and v2c need: definite lengths, primitive values, OIDs.

Decoding is strict: everything that is not well formed raises `Malformed`, nothing else.
"""

INTEGER = 0x02
OCTETS = 0x04
NULL = 0x05
OID = 0x06
SEQUENCE = 0x30
IP_ADDRESS = 0x40
COUNTER32 = 0x41
GAUGE32 = 0x42
TIME_TICKS = 0x43
OPAQUE = 0x44
COUNTER64 = 0x46

MAX_SUB_IDS = 128
MAX_SUB_ID = 0xFFFFFFFF

Oid = tuple[int, ...]


class Malformed(ValueError):
    """The bytes are not what the protocol allows."""


def encode_length(length: int) -> bytes:
    """Return the shortest definite length."""
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def tlv(tag: int, content: bytes) -> bytes:
    """Return tag, length and content."""
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    return bytes((tag,)) + encode_length(len(content)) + content


def encode_integer(value: int, tag: int = INTEGER) -> bytes:
    """Return a whole number in the fewest octets of two's complement (also Counter, Gauge and TimeTicks)."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def encode_oid_content(oid: Oid) -> bytes:
    """Return the content octets of an OID of two or more sub-identifiers."""
    if len(oid) < 2 or oid[0] > 2 or (oid[0] < 2 and oid[1] > 39):
        raise ValueError(f"{oid} is not an object identifier")
    content = bytearray()
    for sub_id in (oid[0] * 40 + oid[1], *oid[2:]):
        if not 0 <= sub_id <= MAX_SUB_ID:
            raise ValueError(f"{sub_id} is not a sub-identifier")
        septets = [sub_id & 0x7F]
        while sub_id := sub_id >> 7:
            septets.append(sub_id & 0x7F | 0x80)
        content += bytes(reversed(septets))
    return bytes(content)


def decode_oid_content(content: bytes) -> Oid:
    """Return the sub-identifiers; raises `Malformed` when empty, padded, too long or cut off."""
    if not content or content[-1] & 0x80:
        raise Malformed("an OID is empty or cut off")
    sub_ids: list[int] = []
    value = 0
    fresh = True
    for octet in content:
        if fresh and octet == 0x80:
            raise Malformed("a sub-identifier is padded")
        value = value << 7 | octet & 0x7F
        fresh = not octet & 0x80
        if fresh:
            sub_ids.append(value)
            value = 0
        elif value > MAX_SUB_ID >> 7:
            raise Malformed("a sub-identifier exceeds 32 bits")
    if len(sub_ids) >= MAX_SUB_IDS:
        raise Malformed("an OID has more than 128 sub-identifiers")
    first = min(sub_ids[0] // 40, 2)
    return (first, sub_ids[0] - first * 40, *sub_ids[1:])


def read(data: bytes, start: int, end: int, tag: int | None = None) -> tuple[int, int]:
    """Return (start, end) of the content of the element at `start`, which must lie before `end` and have this tag."""
    if start + 2 > end:
        raise Malformed("an element is cut off")
    if tag is not None and data[start] != tag:
        raise Malformed(f"tag {data[start]:#x} where {tag:#x} belongs")
    length = data[start + 1]
    start += 2
    if length >= 0x80:
        # Long forms longer than needed are common (net-snmp always sends them for sequences) and allowed by BER.
        octets = length & 0x7F
        if not 1 <= octets <= 4 or start + octets > end:
            raise Malformed("a length is indefinite, too long or cut off")
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
    if start + length > end:
        raise Malformed("an element is longer than what holds it")
    return start, start + length


def read_integer(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return (value, end) of the INTEGER of 32 bits at `start`."""
    first, last = read(data, start, end, INTEGER)
    if not 1 <= last - first <= 4:
        raise Malformed("an INTEGER is empty or exceeds 32 bits")
    return int.from_bytes(data[first:last], "big", signed=True), last
