"""Messages as they go onto the wire: address, properties already encoded, body."""

import itertools
import secrets
import time
from typing import Any, NamedTuple

from aio_pika import Message
from pydantic import BaseModel

from shared.broker import frames
from shared.messages.envelope import CONTENT_TYPE, Envelope, encode
from shared.messages.kinds import Kind

_ID_LENGTH = b"\x20"  # 32 characters
_PROCESS = secrets.token_hex(8)
_NUMBERS = itertools.count(1)


def fresh_id() -> str:
    """A message id that no other message has: 64 random bits for the process, then a number."""
    return f"{_PROCESS}{next(_NUMBERS):016x}"


class Outgoing(NamedTuple):
    """A message ready to be sent. `properties` begins with their flags; the broker returns `message_id` with it."""

    exchange: str
    key: str
    message_id: str
    properties: bytes
    body: bytes


class Wrapping:
    """The properties of messages that differ only in their id, encoded once: a persistent message of `kind`.

    Raises ValueError where a property is longer than AMQP takes.
    """

    __slots__ = ("_before", "_behind", "_exchange")

    def __init__(self, kind: Kind, envelope: Envelope | None) -> None:
        extra = envelope or Envelope()
        self._exchange = kind.exchange
        self._before, self._behind = frames.properties(
            kind.type,
            CONTENT_TYPE,
            int(time.time()),
            correlation_id=extra.correlation_id,
            reply_to=extra.reply_to,
            expiration=None if extra.expiration_s is None else str(int(extra.expiration_s * 1000)),
            headers=extra.headers,
        )
        self._before += _ID_LENGTH

    def wrap(self, body: BaseModel | dict[str, Any], key: str) -> Outgoing:
        """One message. Its id is fresh: two publishes in flight must never share one."""
        message_id = fresh_id()
        return Outgoing(
            self._exchange, key, message_id, self._before + message_id.encode() + self._behind, encode(body)
        )


def finished(message: Message, exchange: str, key: str) -> Outgoing:
    """A message that somebody else has put together. Without an id it gets one."""
    properties = message.properties
    properties.message_id = properties.message_id or fresh_id()
    return Outgoing(exchange, key, properties.message_id, properties.marshal(), message.body)
