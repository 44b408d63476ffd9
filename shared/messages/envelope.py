"""The AMQP properties of a message: a fresh message id for every publish, own headers for attempt and origin."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson
from aio_pika import DeliveryMode, Message
from pydantic import BaseModel

from shared.messages.base import now
from shared.messages.kinds import Kind

ATTEMPT, ORIGIN, REPLAYED = "x-attempt", "x-origin", "x-replayed"
CONTENT_TYPE = "application/json"


@dataclass(slots=True)
class Envelope:
    """What goes along with a body. `headers` values are text, integers or booleans."""

    correlation_id: str | None = None
    reply_to: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    expiration_s: float | None = None


def encode(body: BaseModel | dict[str, Any] | bytes) -> bytes:
    """A body as JSON bytes. A plain dict (the hot path) is not validated here: the receiver does it once."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, BaseModel):
        return body.model_dump_json(exclude_none=True).encode()
    return orjson.dumps(body)


def build(kind: Kind, body: BaseModel | dict[str, Any] | bytes, envelope: Envelope | None = None) -> Message:
    """A persistent message of `kind`. Its message_id is fresh: two publishes in flight must never share one."""
    extra = envelope or Envelope()
    return Message(
        encode(body),
        type=kind.type,
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=uuid.uuid4().hex,
        correlation_id=extra.correlation_id,
        reply_to=extra.reply_to,
        timestamp=now(),
        expiration=extra.expiration_s,
        headers=extra.headers,
    )


def routing_key(kind: Kind, body: BaseModel | dict[str, Any]) -> str:
    """The routing key that `kind` prescribes for this body."""
    if "{" not in kind.key:
        return kind.key
    fields = body if isinstance(body, dict) else body.model_dump()
    return kind.key.format(**fields)
