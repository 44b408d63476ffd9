"""A question as a PDU of pysnmp: what SNMPv3 carries is v2c's (RFC 3416)."""

from typing import Any

from pysnmp.proto.api import v2c

from services.collector.snmp.exchange import GET, GET_BULK, GET_NEXT, Question

_PDUS = {GET: v2c.GetRequestPDU, GET_NEXT: v2c.GetNextRequestPDU, GET_BULK: v2c.GetBulkRequestPDU}


def pdu_of(question: Question, request_id: int) -> Any:
    """The PDU."""
    pdu = _PDUS[question.pdu]()
    interface = v2c.apiBulkPDU if question.pdu == GET_BULK else v2c.apiPDU
    interface.set_defaults(pdu)
    interface.set_request_id(pdu, request_id)
    if question.pdu == GET_BULK:
        interface.set_non_repeaters(pdu, 0)
        interface.set_max_repetitions(pdu, question.repetitions)
    interface.set_varbinds(pdu, [(oid, v2c.Null("")) for oid in question.oids])
    return pdu
