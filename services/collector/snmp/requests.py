"""Requests: encoded once by pysnmp for each (version, community, question), then only the request-id is written."""

import os
import struct
from collections.abc import Iterator
from typing import Any

from pyasn1.codec.ber import encoder
from pysnmp.proto import api

from services.collector.snmp.exchange import GET, GET_BULK, GET_NEXT, V1, V2C, Question

MOST_KEPT = 4096
# Ids of 31 bits that always take four octets, so that they can be written over.
LEAST_ID, MOST_ID = 0x01000000, 0x7FFFFFFF
_MARK = 0x5A6B7C0D
_MARK_OCTETS = _MARK.to_bytes(4, "big")

_PROTOCOLS: dict[int, Any] = {V1: api.PROTOCOL_MODULES[0], V2C: api.PROTOCOL_MODULES[1]}
_PDUS = {GET: "GetRequestPDU", GET_NEXT: "GetNextRequestPDU", GET_BULK: "GetBulkRequestPDU"}


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


def encode(version: int, community: bytes, question: Question, request_id: int) -> bytes:
    """The whole message, by pysnmp."""
    module = _PROTOCOLS[version]
    message = module.Message()
    module.apiMessage.set_defaults(message)
    module.apiMessage.set_community(message, community)
    module.apiMessage.set_pdu(message, pdu_of(version, question, request_id))
    return bytes(encoder.encode(message))


def pdu_of(version: int, question: Question, request_id: int) -> Any:
    """The PDU as an object of pysnmp; SNMPv3 carries v2c's."""
    module = _PROTOCOLS[version]
    pdu = getattr(module, _PDUS[question.pdu])()
    interface = module.apiBulkPDU if question.pdu == GET_BULK else module.apiPDU
    interface.set_defaults(pdu)
    interface.set_request_id(pdu, request_id)
    if question.pdu == GET_BULK:
        interface.set_non_repeaters(pdu, 0)
        interface.set_max_repetitions(pdu, question.repetitions)
    interface.set_varbinds(pdu, [(oid, module.Null("")) for oid in question.oids])
    return pdu


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
            around = self._kept[key] = _around(version, community, question)
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return around[0] + request_id.to_bytes(4, "big") + around[1]


def _around(version: int, community: bytes, question: Question) -> tuple[bytes, bytes]:
    """What stands before and after the request-id. It is the first INTEGER of the PDU, which follows the community."""
    message = encode(version, community, question, _MARK)
    at = message.index(_MARK_OCTETS, message.index(community) + len(community))
    return message[:at], message[at + len(_MARK_OCTETS) :]
