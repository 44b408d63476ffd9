"""Requests as pysnmp encodes them: what our own octets are held to."""

from typing import Any

from pyasn1.codec.ber import encoder
from pysnmp.proto import api

from services.collector.snmp.exchange import GET, GET_BULK, GET_NEXT, V1, V2C, Question

_PROTOCOLS: dict[int, Any] = {V1: api.PROTOCOL_MODULES[0], V2C: api.PROTOCOL_MODULES[1]}
_PDUS = {GET: "GetRequestPDU", GET_NEXT: "GetNextRequestPDU", GET_BULK: "GetBulkRequestPDU"}


def encode(version: int, community: bytes, question: Question, request_id: int) -> bytes:
    """The whole message."""
    module = _PROTOCOLS[version]
    pdu = getattr(module, _PDUS[question.pdu])()
    interface = module.apiBulkPDU if question.pdu == GET_BULK else module.apiPDU
    interface.set_defaults(pdu)
    interface.set_request_id(pdu, request_id)
    if question.pdu == GET_BULK:
        interface.set_non_repeaters(pdu, 0)
        interface.set_max_repetitions(pdu, question.repetitions)
    interface.set_varbinds(pdu, [(oid, module.Null("")) for oid in question.oids])
    message = module.Message()
    module.apiMessage.set_defaults(message)
    module.apiMessage.set_community(message, community)
    module.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))
