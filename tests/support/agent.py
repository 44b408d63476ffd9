"""An SNMP agent whose every reply a test decides: for what no honest agent does."""

import asyncio
import socket
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api

GET, GET_NEXT, RESPONSE, GET_BULK = 0, 1, 2, 5  # context tags of the PDUs
Oid = tuple[int, ...]
Rows = dict[Oid, Any]


@dataclass
class Asked:
    """A decoded request."""

    data: bytes
    version: int
    pdu: int
    request_id: int
    oids: list[Oid]
    repetitions: int = 0


@dataclass
class Reply:
    """A response to be encoded; every field may be made wrong."""

    varbinds: list[tuple[Oid, Any]]
    request_id: int
    version: int
    community: bytes = b"public"
    status: int = 0
    index: int = 0
    pdu: str = "GetResponsePDU"

    def encode(self) -> bytes:
        """The message, by pysnmp."""
        module = api.PROTOCOL_MODULES[self.version]
        name = "ResponsePDU" if self.version and self.pdu == "GetResponsePDU" else self.pdu
        pdu = getattr(module, name, None) or module.GetResponsePDU
        pdu = pdu()
        module.apiPDU.set_defaults(pdu)
        module.apiPDU.set_request_id(pdu, self.request_id)
        module.apiPDU.set_error_status(pdu, self.status)
        module.apiPDU.set_error_index(pdu, self.index)
        module.apiPDU.set_varbinds(pdu, self.varbinds)
        message = module.Message()
        module.apiMessage.set_defaults(message)
        module.apiMessage.set_community(message, self.community)
        module.apiMessage.set_pdu(message, pdu)
        return bytes(encoder.encode(message))


V2C = api.PROTOCOL_MODULES[1]


def parse(data: bytes) -> Asked:
    """The request in a datagram."""
    version = data[4] if data[1] < 0x80 else data[2 + (data[1] & 0x7F) + 2]
    module = api.PROTOCOL_MODULES[version]
    message, _ = decoder.decode(data, asn1Spec=module.Message())
    pdu = module.apiMessage.get_pdu(message)
    kind = int(pdu.tagSet.superTags[-1].tagId)
    asked = Asked(data, version, kind, int(module.apiPDU.get_request_id(pdu)), [])
    asked.oids = [tuple(oid) for oid, _ in module.apiPDU.get_varbinds(pdu)]
    if kind == GET_BULK:
        asked.repetitions = int(module.apiBulkPDU.get_max_repetitions(pdu))
    return asked


def honest(rows: Rows, asked: Asked) -> Reply:
    """What an honest agent with these rows replies."""
    order = sorted(rows)
    reply = Reply([], asked.request_id, asked.version)
    if asked.pdu == GET_BULK:
        cursors = list(asked.oids)
        for _ in range(asked.repetitions):
            for at, cursor in enumerate(cursors):
                place = bisect_right(order, cursor)
                if place < len(order):
                    cursors[at] = order[place]
                    reply.varbinds.append((order[place], rows[order[place]]))
                else:
                    reply.varbinds.append((cursor, V2C.EndOfMibView("")))
        return reply
    for at, oid in enumerate(asked.oids, 1):
        place = bisect_right(order, oid)
        found = oid if asked.pdu == GET and oid in rows else None
        if asked.pdu == GET_NEXT and place < len(order):
            found = order[place]
        if found is not None:
            reply.varbinds.append((found, rows[found]))
        elif asked.version == 0:
            return Reply([(o, V2C.Null("")) for o in asked.oids], asked.request_id, 0, status=2, index=at)
        else:
            missing = V2C.NoSuchInstance("") if asked.pdu == GET else V2C.EndOfMibView("")
            reply.varbinds.append((oid, missing))
    return reply


Answer = Callable[[Asked], list[Reply | bytes]]


@dataclass
class Agent:
    """Serves on a loopback address. `answer` gets each request and returns what to send; an async context."""

    answer: Answer
    address: str = "127.0.0.1"
    port: int = 0
    heard: list[Asked] = field(default_factory=list)
    sender: socket.socket | None = None  # replies leave from this socket where it is set: another source

    async def __aenter__(self) -> "Agent":
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((self.address, self.port))
        self.port = self.socket.getsockname()[1]
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._read)
        return self

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()

    def _read(self) -> None:
        data, source = self.socket.recvfrom(65535)
        asked = parse(data)
        self.heard.append(asked)
        for reply in self.answer(asked):
            octets = reply if isinstance(reply, bytes) else reply.encode()
            (self.sender or self.socket).sendto(octets, source)
