"""Datagram → Reply, by pysnmp and pyasn1: complete, and slow (60 µs a varbind). What is plain is read by fast.py."""

from typing import Any, NamedTuple

from pyasn1.codec.ber import decoder
from pysnmp.proto import api

from services.collector.snmp.errors import Malformed
from services.collector.snmp.exchange import EXCEPTIONS, NULL, NUMBERS, OBJECT_ID, V1, V2C, Oid, Value, Varbind

MOST_ARCS, MOST_ARC = 128, 2**32 - 1  # RFC 2578 section 3.5
MOST_NUMBER = 2**64  # Counter64 is the largest type

_PROTOCOLS: dict[int, Any] = {V1: api.PROTOCOL_MODULES[0], V2C: api.PROTOCOL_MODULES[1]}
_MESSAGES: dict[int, Any] = {version: module.Message() for version, module in _PROTOCOLS.items()}
_VERSION_AT_MOST = 16  # the version stands within the first octets: SEQUENCE, its length, INTEGER, 1, version


class Reply(NamedTuple):
    """A decoded message. `pdu` is its tag."""

    version: int
    community: bytes
    pdu: int
    request_id: int
    error_status: int
    error_index: int
    varbinds: list[Varbind]


def decode(data: bytes) -> Reply:
    """The message in a datagram. Raises Malformed, and nothing else, for whatever is not exactly one message."""
    version = _version(data)
    try:
        return _decode(data, version)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(type(error).__name__) from error


def _version(data: bytes) -> int:
    """The version, read before decoding: it decides by which module."""
    if len(data) < 8 or data[0] != 0x30:
        raise Malformed("Not a SEQUENCE.")
    at = 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)
    if at > _VERSION_AT_MOST or data[at : at + 2] != b"\x02\x01" or data[at + 2] not in _MESSAGES:
        raise Malformed("Neither v1 nor v2c.")
    return data[at + 2]


def _decode(data: bytes, version: int) -> Reply:
    module = _PROTOCOLS[version]
    message, rest = decoder.decode(data, asn1Spec=_MESSAGES[version])
    if rest:
        raise Malformed("Trailing octets.")
    return reply_of(version, bytes(module.apiMessage.get_community(message)), module.apiMessage.get_pdu(message))


def reply_of(version: int, community: bytes, pdu: Any) -> Reply:
    """The Reply of a PDU that pysnmp has decoded; that of SNMPv3 is v2c's. Raises Malformed, and errors of pysnmp."""
    module = _PROTOCOLS[version]
    tag = _tag(pdu)
    if tag == 0xA4:
        raise Malformed("A trap.")
    varbinds = [_varbind(oid, value) for oid, value in module.apiPDU.get_varbinds(pdu)]
    return Reply(
        version,
        community,
        tag,
        int(module.apiPDU.get_request_id(pdu)),
        int(module.apiPDU.get_error_status(pdu)),
        int(pdu.getComponentByPosition(2)),  # get_error_index of the library hides an index of 0
        varbinds,
    )


def _tag(value: Any) -> int:
    tag = value.tagSet.superTags[-1]
    return int(tag.tagClass | tag.tagFormat | tag.tagId)


def _varbind(name: Any, value: Any) -> Varbind:
    tag = _tag(value)
    return Varbind(_oid(name), tag, _value(tag, value))


def _oid(value: Any) -> Oid:
    oid: Oid = tuple(value)
    if len(oid) > MOST_ARCS or max(oid, default=0) > MOST_ARC:
        raise Malformed("An object identifier is too long.")
    return oid


def _value(tag: int, value: Any) -> Value:
    if tag in NUMBERS:
        number = int(value)
        if not -MOST_NUMBER < number < MOST_NUMBER:
            raise Malformed("A number is too large.")
        return number
    if tag == OBJECT_ID:
        return _oid(value)
    if tag in EXCEPTIONS or tag == NULL:
        return None
    return bytes(value)
