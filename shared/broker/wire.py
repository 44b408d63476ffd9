"""The socket beneath aio-pika's connection. Deliveries, confirms and returns of the channels that are attached are
taken out of the stream here and handed over at once; everything else goes on to aiormq.

aiormq reads a frame in three steps, decodes it field by field, puts it into a queue, and wakes a task, which makes a
task of each message: 60 µs for a delivery, which is three frames. And it writes each frame by itself.
"""

import asyncio
import struct
import time
from typing import Any

import aio_pika
from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage
from aiormq.connection import TransportFactory
from aiormq.exceptions import AMQPConnectionError
from yarl import URL

from shared.broker import frames

_READER_LIMIT = 64 * 1024
_LONGEST_FRAME = 16 * 1024 * 1024  # a broker's frame_max is 128 KiB unless somebody changed it
_SIGN_OF_LIFE_S = 1.0
_head = struct.Struct(">BHI").unpack_from
_number = struct.Struct(">I").unpack_from
_body_size = struct.Struct(">Q").unpack_from


class Sink:
    """Takes what comes for one channel. Nothing here may raise or wait."""

    def delivered(self, raw: DeliveredMessage) -> None:
        """A message for the consumer of this channel."""

    def confirmed(self, tag: int, *, multiple: bool, taken: bool) -> None:
        """The broker took a publish (or refused it); with `multiple` also all before it."""

    def returned(self, exchange: str, key: str, message_id: str | None) -> None:
        """No queue is bound for a publish; its confirm comes afterwards."""

    def closed(self, reason: str) -> None:
        """The channel or the connection has ended: nothing more comes, and nothing may be sent."""


class _Tap:
    """The frames of one attached channel; a message is a method, a header, and bodies until it is complete."""

    __slots__ = ("_channel", "_got", "_head", "_method", "_parts", "_size", "sink")

    def __init__(self, channel: AbstractChannel, sink: Sink) -> None:
        self._channel, self.sink = channel, sink
        self._method: Any = None  # of the message that is coming: a Deliver, or (exchange, key) of a return
        self._head = b""
        self._size = self._got = 0
        self._parts: list[bytes] = []

    def take(self, kind: int, data: bytes, at: int, end: int) -> bool:
        """Takes a frame whose payload is data[at:end]; False where it is aiormq's."""
        if kind == frames.METHOD:
            return self._take_method(data, at)
        if self._method is None:
            return False
        if kind == frames.HEADER:
            self._size = _body_size(data, at + 4)[0]
            self._head = data[at + 12 : end]
        elif kind == frames.BODY:
            self._parts.append(data[at:end])
            self._got += end - at
        else:
            return False
        if self._got >= self._size:
            self._complete()
        return True

    def _take_method(self, data: bytes, at: int) -> bool:
        what = _number(data, at)[0]
        if what == frames.DELIVER:
            self._method = frames.delivery(data, at + 4)
        elif what in (frames.ACK, frames.NACK):
            tag, multiple = frames.confirmation(data, at + 4)
            self.sink.confirmed(tag, multiple=multiple, taken=what == frames.ACK)
        elif what == frames.RETURN:
            self._method = frames.returned(data, at + 4)
        else:
            return False
        return True

    def _complete(self) -> None:
        method, parts = self._method, self._parts
        self._method, self._parts, self._got = None, [], 0
        if isinstance(method, tuple):
            exchange, key = method
            self.sink.returned(exchange, key, frames.read_properties(self._head).message_id)
        else:
            body = parts[0] if len(parts) == 1 else b"".join(parts)
            self.sink.delivered(frames.message(method, self._head, body, self._channel))


class Wire(asyncio.StreamReaderProtocol):
    """One connection's socket. `write` takes whole frames only; between them aiormq writes its own."""

    def __init__(self, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(reader, loop=loop)
        self._taps: dict[int, _Tap] = {}
        self._rest = b""  # the beginning of a frame whose end has not come; bounded by the longest frame
        self._blind = False  # this is not AMQP: let aiormq say so
        self._passed_on_at = time.monotonic()
        self._out: asyncio.WriteTransport | None = None  # while it is connected
        self._free = asyncio.Event()
        self._free.set()

    @property
    def is_free(self) -> bool:
        """The broker reads: what was written before is out, or nearly so."""
        return self._free.is_set()

    async def free(self) -> None:
        """Waits until it is. Returns also when the connection has ended."""
        await self._free.wait()

    def attach(self, channel: AbstractChannel, sink: Sink) -> None:
        """From now on `sink` takes what comes for this channel, until the channel ends."""
        self._taps[channel.number] = _Tap(channel, sink)

    def write(self, data: bytes) -> None:
        """Sends whole frames. Raises ConnectionError when the connection has ended."""
        if self._out is None or self._out.is_closing():
            raise ConnectionError("The connection was lost.")
        self._out.write(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._out = transport  # type: ignore[assignment]  # TCP and TLS transports write

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        super().pause_writing()
        self._free.clear()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        super().resume_writing()
        self._free.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._out = None
        self._rest = b""
        self._free.set()
        taps, self._taps = self._taps, {}
        for tap in taps.values():
            tap.sink.closed("the connection was lost")
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._rest:
            data = self._rest + data
        on = data if self._blind else self._split(data)
        now = time.monotonic()
        if on:
            self._passed_on_at = now
            super().data_received(on)
        elif now - self._passed_on_at > _SIGN_OF_LIFE_S:
            # aiormq gives a connection up that is silent for three heartbeats, and this one is not.
            self._passed_on_at = now
            super().data_received(frames.HEARTBEAT)

    def _look_for_end(self, number: int, tap: _Tap, data: bytes, at: int) -> None:
        """Ends a tap with its channel, before aiormq knows: after its answer nothing more may be sent there."""
        what = _number(data, at)[0]
        if what == frames.CHANNEL_CLOSE:
            reason = frames.close_reason(data, at + 4)
        elif what == frames.CHANNEL_CLOSE_OK:
            reason = "the channel was closed"
        else:
            return
        del self._taps[number]
        tap.sink.closed(reason)

    def _split(self, data: bytes) -> bytes:
        """Hands over what the taps take; returns what does not concern them, and keeps the beginning of a frame."""
        at = kept = 0
        on: list[bytes] = []
        size = len(data)
        while at + 7 < size:
            kind, number, length = _head(data, at)
            end = at + 8 + length
            if length > _LONGEST_FRAME or (end <= size and data[end - 1] != frames.END):
                self._blind, self._rest = True, b""
                return b"".join((*on, data[kept:]))
            if end > size:
                break
            tap = self._taps.get(number)
            if tap is not None:
                if tap.take(kind, data, at + 7, end - 1):
                    if kept < at:
                        on.append(data[kept:at])
                    kept = end
                elif kind == frames.METHOD:
                    self._look_for_end(number, tap, data, at + 7)
            at = end
        self._rest = data[at:]
        if kept < at:
            on.append(data[kept:at])
        return b"".join(on)


class _Transports(TransportFactory):
    """Opens sockets with a Wire on them, as asyncio.open_connection does with its own protocol."""

    wire: Wire

    async def create(self, url: URL, **kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        provider = kwargs.pop("ssl_context_provider")
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_READER_LIMIT, loop=loop)
        self.wire = Wire(reader, loop)
        ssl = await provider.get_context() if url.scheme == "amqps" else None
        try:
            transport, _ = await loop.create_connection(
                lambda: self.wire, url.host or "", url.port or 0, ssl=ssl, **kwargs
            )
        except OSError as error:
            raise AMQPConnectionError(*error.args) from error
        return reader, asyncio.StreamWriter(transport, self.wire, reader, loop)


class WireConnection(aio_pika.Connection):
    """aio-pika's plain connection over a Wire."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._transports = _Transports()
        self.kwargs["transport_factory"] = self._transports  # what aio-pika hands to aiormq's connection

    @property
    def wire(self) -> Wire:
        """The socket."""
        return self._transports.wire


def wire_of(connection: AbstractConnection) -> Wire:
    """The wire of a connection that Link made."""
    if not isinstance(connection, WireConnection):
        raise TypeError(f"{type(connection).__name__} is not a WireConnection")
    return connection.wire
