"""Every PDU that is sent and received, one line each, for a person who wants to see what a printer says.

Values are left out: they fill screens, and some are secrets of the device.
"""

import sys
import time
from collections import Counter
from typing import TextIO

from pyasn1.codec.ber import decoder
from pysnmp.proto.mpmod.rfc3412 import SNMPv3Message

from services.collector.mib.oids import dotted
from services.collector.snmp.decode import Reply, decode
from services.collector.snmp.errors import Malformed, SnmpError
from services.collector.snmp.exchange import GET, GET_BULK, GET_NEXT, RESPONSE, Answer, Exchange, Oid, Question, Target

MOST_OIDS = 6
_TYPES = {GET: "GET", GET_NEXT: "GETNEXT", GET_BULK: "GETBULK", RESPONSE: "RESPONSE", 0xA3: "SET"}
_STATUS = {0: "noError", 1: "tooBig", 2: "noSuchName", 3: "badValue", 4: "readOnly", 5: "genErr", 6: "noAccess",
           16: "authorizationError"}  # fmt: skip
_LEVELS = {0: "noAuthNoPriv", 1: "authNoPriv", 3: "authPriv"}
_VERSIONS = {0: "v1", 1: "v2c"}


class Trace:
    """A tap for endpoint.tap."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream, self._begun = stream, time.monotonic()
        self.pdus: Counter[str] = Counter()

    def __call__(self, way: str, data: bytes, other: tuple[str, int]) -> None:
        """Writes one line."""
        self.pdus[way] += 1
        host = f"[{other[0]}]" if ":" in other[0] else other[0]
        arrow = "->" if way == "sent" else "<-"
        seconds = time.monotonic() - self._begun
        self._stream.write(f"{seconds:9.4f} {arrow} {host}:{other[1]} {len(data)} octets {described(data)}\n")


def described(data: bytes) -> str:
    """A datagram in words: version, type, request-id, status, OIDs. Never raises."""
    try:
        return _of(decode(data))
    except Malformed:
        return _of_v3(data)


def _of(pdu: Reply) -> str:
    kind = _TYPES.get(pdu.pdu, f"PDU {pdu.pdu:#x}")
    if pdu.pdu == GET_BULK:
        told = f" repetitions {pdu.error_index}"
    elif pdu.pdu == RESPONSE:
        told = f" {_STATUS.get(pdu.error_status, f'status {pdu.error_status}')}"
        told += f" at {pdu.error_index}" if pdu.error_index else ""
    else:
        told = ""
    head = f"{_VERSIONS[pdu.version]} {kind} id {pdu.request_id}{told}, {len(pdu.varbinds)} varbinds"
    return f"{head}: {_names([varbind.oid for varbind in pdu.varbinds])}" if pdu.varbinds else head


def _names(oids: list[Oid]) -> str:
    more = f" and {len(oids) - MOST_OIDS} more" if len(oids) > MOST_OIDS else ""
    return " ".join(map(dotted, oids[:MOST_OIDS])) + more


def _of_v3(data: bytes) -> str:
    """What can be seen from outside of an SNMPv3 message (RFC 3412 section 6)."""
    try:
        message, _ = decoder.decode(data, asn1Spec=SNMPv3Message())
        flags = bytes(message[1][2])[0]
        security, _ = decoder.decode(bytes(message[2]))
        user = bytes(security[3]).decode("utf-8", "replace")[:32]
        engine, clock = bytes(security[0]).hex()[:64], f"boots {int(security[1])} time {int(security[2])}"
    except Exception as error:  # noqa: BLE001 - the border to pyasn1: a trace must show whatever comes
        return f"no SNMP message ({type(error).__name__})"
    level = _LEVELS.get(flags & 3, "unknown level")
    return f"v3 id {int(message[1][0])} {level} user {user!r} engine {engine or '-'} {clock}"


class TracedExchange:
    """Implements `Exchange`: shows what goes encrypted over the wire, as it is asked and answered."""

    def __init__(self, inner: Exchange, stream: TextIO = sys.stderr) -> None:
        self._inner, self._stream = inner, stream

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        """See Exchange.ask."""
        kind = _TYPES.get(question.pdu, "PDU") + (
            f" repetitions {question.repetitions}" if question.repetitions else ""
        )
        self._say(f"asks {kind}, {len(question.oids)} varbinds: {_names(list(question.oids))}")
        try:
            answer = await self._inner.ask(target, question, deadline, attempts)
        except SnmpError as error:
            self._say(f"gets {error}")
            raise
        status = _STATUS.get(answer.error_status, f"status {answer.error_status}")
        oids = [varbind.oid for varbind in answer.varbinds]
        self._say(f"gets RESPONSE {status}, {len(oids)} varbinds: {_names(oids)}")
        return answer

    def _say(self, text: str) -> None:
        self._stream.write(f"{'':9}    v3 {text}\n")
