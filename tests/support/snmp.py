"""SNMP v1 and v2c requests written and replies read by pysnmp's protocol classes: the oracle for agents of ours."""

import asyncio
import socket
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api

V1, V2C = 0, 1
_ids = count(1)


@dataclass(frozen=True)
class Reply:
    """A decoded reply; `varbinds` are (OID as text, pysnmp value)."""

    request_id: int
    status: int
    index: int
    varbinds: list[tuple[str, Any]]
    kind: str

    @property
    def values(self) -> dict[str, Any]:
        return dict(self.varbinds)

    @property
    def types(self) -> list[str]:
        return [type(value).__name__ for _, value in self.varbinds]


def request(
    oids: list[str],
    version: int = V2C,
    kind: str = "Get",
    community: str = "public",
    request_id: int | None = None,
    bulk: tuple[int, int] = (0, 10),
) -> bytes:
    """Return a request: Get, GetNext, GetBulk (`bulk` is non-repeaters and max-repetitions) or Set (integer 1)."""
    proto = api.PROTOCOL_MODULES[version]
    pdu = getattr(proto, f"{kind}RequestPDU")()
    access = proto.apiBulkPDU if kind == "GetBulk" else proto.apiPDU
    access.set_defaults(pdu)
    access.set_request_id(pdu, next(_ids) if request_id is None else request_id)
    if kind == "GetBulk":
        access.set_non_repeaters(pdu, bulk[0])
        access.set_max_repetitions(pdu, bulk[1])
    value = proto.Integer(1) if kind == "Set" else proto.Null("")
    access.set_varbinds(pdu, [(oid, value) for oid in oids])
    message = proto.Message()
    proto.apiMessage.set_defaults(message)
    proto.apiMessage.set_community(message, community)
    proto.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def reply(data: bytes) -> Reply:
    """Read a reply; pyasn1 raises its own errors for what is not well formed."""
    version = api.decodeMessageVersion(data)
    proto = api.PROTOCOL_MODULES[version]
    message, rest = decoder.decode(data, asn1Spec=proto.Message())
    assert not rest
    pdu = proto.apiMessage.get_pdu(message)
    return Reply(
        int(proto.apiPDU.get_request_id(pdu)),
        int(proto.apiPDU.get_error_status(pdu)),
        # pysnmp refuses an index beyond the varbinds, which an empty tooBig has not.
        int(pdu["error-index"]),
        [(str(oid), value) for oid, value in proto.apiPDU.get_varbinds(pdu)],
        type(pdu).__name__,
    )


class Asker:
    """A UDP socket of the running loop."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    async def send(self, target: tuple[str, int], data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendto(self.socket, data, target)

    async def receive(self, timeout: float = 10.0) -> tuple[bytes, tuple[str, int]]:
        async with asyncio.timeout(timeout):
            return await asyncio.get_running_loop().sock_recvfrom(self.socket, 65535)

    def received(self) -> bytes | None:
        """Return what has already come, or None."""
        try:
            return self.socket.recv(65535)
        except BlockingIOError:
            return None

    async def ask(self, target: tuple[str, int], oids: list[str], version: int = V2C, **more: Any) -> Reply:
        """Ask and read the reply, which must come from the address that was asked and repeat the request-id."""
        request_id = next(_ids)
        await self.send(target, request(oids, version, request_id=request_id, **more))
        answer, source = await self.receive()
        assert source == target
        read = reply(answer)
        assert read.request_id == request_id
        return read
