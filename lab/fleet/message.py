"""SNMP v1 (RFC 1157) and v2c (RFC 1901, RFC 3416) messages: requests in, replies out."""

from dataclasses import dataclass

from lab.fleet.ber import (
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    Malformed,
    encode_integer,
    encode_length,
    read,
    read_integer,
    tlv,
)

V1, V2C = 0, 1
GET, GET_NEXT, RESPONSE, SET, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
REQUESTS = {V1: frozenset((GET, GET_NEXT, SET)), V2C: frozenset((GET, GET_NEXT, SET, GET_BULK))}

NO_ERROR, TOO_BIG, NO_SUCH_NAME, NOT_WRITABLE = 0, 1, 2, 17

NO_SUCH_OBJECT = b"\x80\x00"
NO_SUCH_INSTANCE = b"\x81\x00"
END_OF_MIB_VIEW = b"\x82\x00"
UNSPECIFIED = b"\x05\x00"

MAX_VARBINDS = 2000
_VARBIND = bytes((SEQUENCE, OID))


@dataclass(frozen=True, slots=True)
class Request:
    """A request of version 0 (v1) or 1 (v2c).

    `first` and `second` are error-status and error-index, in a GETBULK non-repeaters and max-repetitions.
    `names` are content octets of OIDs; `varbinds` is the list as it came, for a v1 error that must repeat it.
    """

    version: int
    community: bytes
    kind: int
    request_id: bytes
    first: int
    second: int
    names: tuple[bytes, ...]
    varbinds: bytes


def split(data: bytes) -> tuple[bytes, bytes]:
    """Return (what is around the request-id, the content octets of the request-id) without checking the rest.

    Two requests that differ only in their request-id have the same first part, which includes the id's length.
    Raises `Malformed` when no request-id is found.
    """
    try:
        here = 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)
        here += 2 + data[here + 1]
        here += 2 + data[here + 1]
        length = data[here + 1]
        here += 2 if length < 0x80 else 2 + (length & 0x7F)
        after = here + 2 + data[here + 1]
        if data[here] != INTEGER or not here + 2 < after <= here + 6:
            raise Malformed("no request-id where it belongs")
    except IndexError:
        raise Malformed("cut off before the request-id") from None
    return data[: here + 2] + data[after:], data[here + 2 : after]


def decode_request(data: bytes) -> Request:
    """Return the request in a datagram; raises `Malformed`."""
    start, end = read(data, 0, len(data), SEQUENCE)
    if end != len(data):
        raise Malformed("bytes after the message")
    version, start = read_integer(data, start, end)
    if version not in REQUESTS:
        raise Malformed(f"version {version}")
    start, stop = read(data, start, end, OCTETS)
    community = data[start:stop]
    if stop >= end or data[stop] not in REQUESTS[version]:
        raise Malformed("no PDU of a request")
    kind = data[stop]
    start, stop = read(data, stop, end, kind)
    if stop != end:
        raise Malformed("bytes after the PDU")
    _, after = read_integer(data, start, end)
    request_id = data[start + 2 : after] if data[start + 1] < 0x80 else _no_long_id()
    first, start = read_integer(data, after, end)
    second, start = read_integer(data, start, end)
    start, stop = read(data, start, end, SEQUENCE)
    if stop != end:
        raise Malformed("bytes after the varbinds")
    return Request(version, community, kind, request_id, first, second, _names(data, start, end), data[start:end])


def _no_long_id() -> bytes:
    raise Malformed("the request-id has a long length")


def _names(data: bytes, start: int, end: int) -> tuple[bytes, ...]:
    names: list[bytes] = []
    while start < end:
        if len(names) >= MAX_VARBINDS:
            raise Malformed("too many varbinds")
        # Nearly all are: short lengths throughout, an OID, NULL. The rest is read by the book.
        last = start + 2 + data[start + 1] if start + 1 < end else end + 1
        if (
            last <= end
            and data[start + 1] < 0x80
            and data[start : start + 3 : 2] == _VARBIND
            and start + 6 <= last == start + 6 + data[start + 3]
            and data[last - 2 : last] == UNSPECIFIED
        ):
            name = data[start + 4 : last - 2]
            if name and not name[-1] & 0x80:
                names.append(name)
                start = last
                continue
        start, last = read(data, start, end, SEQUENCE)
        first, stop = read(data, start, last, OID)
        name = data[first:stop]
        if not name or name[-1] & 0x80:
            raise Malformed("an OID is empty or cut off")
        _, stop = read(data, stop, last)
        if stop != last:
            raise Malformed("bytes after a value")
        names.append(name)
        start = last
    return tuple(names)


def encode_reply(request: Request, status: int, index: int, varbinds: bytes) -> tuple[bytes, bytes]:
    """Return the parts of a reply before and after the request-id's content octets, which keep their length."""
    length = len(request.request_id)
    tail = encode_integer(status) + encode_integer(index) + tlv(SEQUENCE, varbinds)
    pdu = bytes((RESPONSE,)) + encode_length(2 + length + len(tail)) + bytes((INTEGER, length))
    head = encode_integer(request.version) + tlv(OCTETS, request.community) + pdu
    return bytes((SEQUENCE,)) + encode_length(len(head) + length + len(tail)) + head, tail
