"""The far side of a Wire, without a socket: frames are made and read by pamqp, which the tests trust."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pamqp.frame
from aiormq.abc import AbstractChannel
from pamqp import commands as spec
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from shared.broker.wire import Wire

FRAME_MAX = 4096


class Far(asyncio.Transport):
    """What was written over a wire (`read` empties it), and what comes over it (`send`)."""

    def __init__(self) -> None:
        super().__init__()
        self.reader: Any = asyncio.StreamReader()
        self.wire = Wire(self.reader, asyncio.get_running_loop())
        self.written = b""
        self.writes = 0
        self.wire.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)
        self.writes += 1

    def is_closing(self) -> bool:
        return False

    def read(self) -> list[tuple[int, Any]]:
        """(channel, frame) of all that was written."""
        found = []
        while self.written:
            used, channel, frame = pamqp.frame.unmarshal(self.written)
            found.append((channel, frame))
            self.written = self.written[used:]
        return found

    def send(self, channel: int, *frames: Any) -> None:
        """Frames come."""
        self.wire.data_received(b"".join(pamqp.frame.marshal(frame, channel) for frame in frames))

    def passed_on(self) -> bytes:
        """What has gone on to aiormq until now."""
        passed = bytes(self.reader._buffer)
        self.reader._buffer.clear()
        return passed


def channel(number: int) -> AbstractChannel:
    """As much of aiormq's channel as shared.broker looks at."""
    tune = SimpleNamespace(frame_max=FRAME_MAX)
    return SimpleNamespace(number=number, connection=SimpleNamespace(connection_tune=tune))  # type: ignore[return-value]


def delivered(tag: int, body: bytes, properties: spec.Basic.Properties, *, part: int = FRAME_MAX - 8) -> list[Any]:
    """The frames of a delivery, its body in parts."""
    parts = [ContentBody(body[at : at + part]) for at in range(0, len(body), part)]
    return [
        spec.Basic.Deliver("c", tag, tag % 2 == 0, "work", "poll.main.routine"),
        ContentHeader(0, len(body), properties),
        *parts,
    ]


def returned(exchange: str, key: str, message_id: str, body: bytes = b"{}") -> list[Any]:
    """The frames of a message that comes back."""
    return [
        spec.Basic.Return(312, "NO_ROUTE", exchange, key),
        ContentHeader(0, len(body), spec.Basic.Properties(message_id=message_id)),
        ContentBody(body),
    ]
