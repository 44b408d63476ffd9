"""The frames that come and go by thousands, as bytes: publish, deliver, ack, nack, return (AMQP 0-9-1, sections 4.2.3
to 4.2.6 of the protocol document; class and method numbers of its XML).

aiormq's codec looks every field's type up by name: 40 µs for a message. All that is rare stays with it.
"""

import struct
from datetime import UTC, datetime
from typing import Any

import structlog
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp import commands as spec
from pamqp import decode, encode
from pamqp.header import ContentHeader

log = structlog.get_logger(__name__)

END = 0xCE
METHOD, HEADER, BODY = 1, 2, 3
HEARTBEAT = b"\x08\x00\x00\x00\x00\x00\x00\xce"
# Class and method in one number.
CHANNEL_CLOSE, CHANNEL_CLOSE_OK = 20 << 16 | 40, 20 << 16 | 41
RETURN, DELIVER, ACK, NACK = 60 << 16 | 50, 60 << 16 | 60, 60 << 16 | 80, 60 << 16 | 120

_BASIC = 60
_FRAME = struct.Struct(">BHI")  # type, channel, octets of the payload
_CONTENT = struct.Struct(">BHIHHQ")  # type, channel, octets; class, weight, octets of the body
_ACK = struct.Struct(">BHIIQBB")  # type, channel, octets; method, delivery tag, multiple; end
_LONG_LONG = struct.Struct(">Q")
_MANDATORY_AND_END = bytes((1, END))
_END = bytes((END,))

# The flags of the properties.
_CONTENT_TYPE, _HEADERS, _DELIVERY_MODE, _CORRELATION_ID = 1 << 15, 1 << 13, 1 << 12, 1 << 10
_REPLY_TO, _EXPIRATION, _MESSAGE_ID, _TIMESTAMP, _TYPE = 1 << 9, 1 << 8, 1 << 7, 1 << 6, 1 << 5
_PERSISTENT = b"\x02"
_FIXED = _CONTENT_TYPE | _DELIVERY_MODE | _MESSAGE_ID | _TIMESTAMP | _TYPE

_MOST_TABLE = 32 * 1024  # octets of headers that are decoded: the decoder's time grows with their square
_MOST_TIMESTAMP_S = 0xFFFFFFFF  # beyond, it is taken for milliseconds, as pamqp does


def short(text: str) -> bytes:
    """A short string. Raises ValueError for more than 255 octets."""
    data = text.encode()
    if len(data) > 255:
        raise ValueError(f"{len(data)} octets: a short string of AMQP has 255 at most")
    return bytes((len(data),)) + data


def properties(
    type_: str,
    content_type: str,
    timestamp: int,
    *,
    correlation_id: str | None = None,
    reply_to: str | None = None,
    expiration: str | None = None,
    headers: dict[str, Any] | None = None,
) -> tuple[bytes, bytes]:
    """What stands before and behind the message id in the properties of persistent messages that differ in it only.

    `timestamp` is in seconds since 1970, `expiration` a number of milliseconds as text.
    """
    flags = _FIXED
    parts = [short(content_type)]
    if headers:
        flags |= _HEADERS
        parts.append(encode.field_table(headers))
    parts.append(_PERSISTENT)
    for flag, text in ((_CORRELATION_ID, correlation_id), (_REPLY_TO, reply_to), (_EXPIRATION, expiration)):
        if text:
            flags |= flag
            parts.append(short(text))
    return flags.to_bytes(2, "big") + b"".join(parts), _LONG_LONG.pack(timestamp) + short(type_)


def publish_method(number: int, exchange: str, key: str) -> bytes:
    """The frame of a mandatory basic.publish on channel `number`."""
    arguments = b"\x00\x3c\x00\x28\x00\x00" + short(exchange) + short(key)
    return _FRAME.pack(METHOD, number, len(arguments) + 1) + arguments + _MANDATORY_AND_END


def content(number: int, properties_: bytes, body: bytes, frame_max: int) -> bytes:
    """The frames of header and body. `frame_max` is the most octets of a frame; 0: no limit."""
    size = len(body)
    head = _CONTENT.pack(HEADER, number, 12 + len(properties_), _BASIC, 0, size) + properties_ + _END
    most = frame_max - 8 if frame_max else size
    if not size:
        return head
    if size <= most:
        return b"".join((head, _FRAME.pack(BODY, number, size), body, _END))
    parts = [head]
    for at in range(0, size, most):
        part = body[at : at + most]
        parts += (_FRAME.pack(BODY, number, len(part)), part, _END)
    return b"".join(parts)


def ack(number: int, tag: int, *, multiple: bool = False) -> bytes:
    """A basic.ack of a delivery, or of all up to it."""
    return _ACK.pack(METHOD, number, 13, ACK, tag, multiple, END)


def requeue(number: int, tag: int) -> bytes:
    """A basic.nack that hands one delivery back to its queue."""
    return _ACK.pack(METHOD, number, 13, NACK, tag, 2, END)  # bit 0: multiple, bit 1: requeue


def delivery(data: bytes, at: int) -> spec.Basic.Deliver:
    """The arguments of a basic.deliver, which begin at `at`. Raises IndexError, struct.error."""
    consumer, at = _text(data, at)
    tag = _LONG_LONG.unpack_from(data, at)[0]
    redelivered = bool(data[at + 8] & 1)
    exchange, at = _text(data, at + 9)
    key, at = _text(data, at)
    found = spec.Basic.Deliver(consumer, tag, redelivered, "", key)
    found.exchange = exchange  # set afterwards: pamqp's check of its letters is for those that are sent
    return found


def returned(data: bytes, at: int) -> tuple[str, str]:
    """Exchange and routing key of a basic.return. Raises IndexError."""
    _, at = _text(data, at + 2)  # the reply code, its text
    exchange, at = _text(data, at)
    key, at = _text(data, at)
    return exchange, key


def close_reason(data: bytes, at: int) -> str:
    """Why the broker closes a channel. Raises IndexError."""
    return f"{data[at] << 8 | data[at + 1]} {_text(data, at + 2)[0]}"


def confirmation(data: bytes, at: int) -> tuple[int, bool]:
    """Delivery tag and `multiple` of a basic.ack or basic.nack. Raises IndexError, struct.error."""
    return _LONG_LONG.unpack_from(data, at)[0], bool(data[at + 8] & 1)


def message(method: spec.Basic.Deliver, head: bytes, body: bytes, channel: AbstractChannel) -> DeliveredMessage:
    """The message as aiormq tells it. `head` begins with the flags of the properties."""
    return DeliveredMessage(method, ContentHeader(0, len(body), read_properties(head)), body, channel)


def read_properties(data: bytes) -> spec.Basic.Properties:
    """The properties. Anybody may have written them: what cannot be read is left out, and never ends the connection.

    Text that is not UTF-8 has U+FFFD in place of what cannot be read, and fits into a short string again.
    """
    found = spec.Basic.Properties()
    try:
        _read_properties(found, data)
    except Exception as error:  # noqa: BLE001 - the border: a stranger's octets must not harm the messages after them
        log.warning("message.properties_unreadable", error=repr(error)[:300], octets=len(data))
    return found


def _read_properties(found: spec.Basic.Properties, data: bytes) -> None:
    flags = data[0] << 8 | data[1]
    at = 2
    if flags & 1:
        raise ValueError("more flags than there are properties")
    if flags & _CONTENT_TYPE:
        found.content_type, at = _text(data, at)
    if flags & 1 << 14:
        found.content_encoding, at = _text(data, at)
    if flags & _HEADERS:
        found.headers, at = _table(data, at)
    if flags & _DELIVERY_MODE:
        found.delivery_mode, at = data[at], at + 1
    if flags & 1 << 11:
        found.priority, at = data[at], at + 1
    if flags & _CORRELATION_ID:
        found.correlation_id, at = _text(data, at)
    if flags & _REPLY_TO:
        found.reply_to, at = _text(data, at)
    if flags & _EXPIRATION:
        found.expiration, at = _text(data, at)
    if flags & _MESSAGE_ID:
        found.message_id, at = _text(data, at)
    if flags & _TIMESTAMP:
        found.timestamp, at = _instant(_LONG_LONG.unpack_from(data, at)[0]), at + 8
    if flags & _TYPE:
        found.message_type, at = _text(data, at)
    if flags & 1 << 4:
        found.user_id, at = _text(data, at)
    if flags & 1 << 3:
        found.app_id, at = _text(data, at)


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + data[at]
    if end > len(data):
        raise IndexError("a text ends behind its frame")
    try:
        return str(data[at + 1 : end], "utf-8"), end
    except UnicodeDecodeError:
        readable = str(data[at + 1 : end], "utf-8", "replace").encode()[:255]
        return str(readable, "utf-8", "ignore"), end


def _table(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    size = int.from_bytes(data[at : at + 4], "big")
    end = at + 4 + size
    if end > len(data):
        raise IndexError("a table ends behind its frame")
    if not size:
        return {}, end
    try:
        if size > _MOST_TABLE:
            raise ValueError(f"{size} octets of headers; at most {_MOST_TABLE} are read")  # noqa: TRY301 - told below
        return decode.field_table(data[at:end])[1], end
    except Exception as error:  # noqa: BLE001 - as above; what follows the headers can still be read
        log.warning("message.headers_unreadable", error=repr(error)[:300], octets=size)
        return {}, end


def _instant(value: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(value / 1000 if value > _MOST_TIMESTAMP_S else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
