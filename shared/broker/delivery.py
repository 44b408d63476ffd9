"""One delivered message, opened: its kind, its body, and what the properties and headers tell."""

from dataclasses import dataclass
from typing import Any

import orjson
from aiormq.abc import DeliveredMessage
from pydantic import ValidationError

from shared.errors import MalformedMessage, UnknownKind
from shared.messages.envelope import ATTEMPT
from shared.messages.kinds import KINDS, Kind, family
from shared.text import clean

MAX_BODY = 16 * 1024 * 1024


@dataclass(slots=True)
class Delivery:
    """A message as a handler sees it. `body` is the kind's model, or the octets where the handler asked for those."""

    queue: str
    kind: Kind
    body: Any
    raw: DeliveredMessage

    @property
    def message_id(self) -> str | None:
        """The publisher's message id."""
        return self.raw.header.properties.message_id

    @property
    def correlation_id(self) -> str | None:
        """The sweep or command that this belongs to."""
        return self.raw.header.properties.correlation_id

    @property
    def reply_to(self) -> str | None:
        """Where the sender waits for an answer."""
        return self.raw.header.properties.reply_to

    @property
    def headers(self) -> dict[str, Any]:
        """All headers, the broker's own among them."""
        return headers_of(self.raw)

    @property
    def attempt(self) -> int:
        """1 for the first delivery, one more for each step of the retry ladder."""
        return attempt_of(self.raw)

    @property
    def redelivered(self) -> bool:
        """Has been delivered before, to somebody who did not settle it."""
        return bool(self.raw.redelivered)


def headers_of(raw: DeliveredMessage) -> dict[str, Any]:
    """The headers of a message: {} where it has none."""
    return dict(raw.header.properties.headers or {})


def attempt_of(raw: DeliveredMessage) -> int:
    """The x-attempt header where it is a sane number, else 1."""
    value = headers_of(raw).get(ATTEMPT, 1)
    return value if isinstance(value, int) and 1 <= value <= 1000 else 1


def returns_of(raw: DeliveredMessage) -> int | None:
    """How often the message came back to its queue unsettled: 0 where it is delivered for the first time, None where
    the broker does not say (quorum queues count, classic ones only tell that it was more than never)."""
    if not raw.redelivered:
        return 0
    value = headers_of(raw).get("x-delivery-count")
    return value if isinstance(value, int) and value >= 1 else None


def kind_of(raw: DeliveredMessage, queue: str) -> Kind:
    """The message's kind. Raises UnknownKind where no such kind is routed to `queue`."""
    name = raw.header.properties.message_type
    found = KINDS.get(name or "")
    if found is None or family(queue) not in found.queues:
        known = ", ".join(sorted(k.type for k in KINDS.values() if family(queue) in k.queues))
        raise UnknownKind(f"The property `type` is {clean(name, 80)!r}; {queue} takes {known}.")
    return found


def _sized(raw: DeliveredMessage) -> bytes:
    if len(raw.body) > MAX_BODY:
        raise MalformedMessage(f"{len(raw.body)} bytes; at most {MAX_BODY} are taken.")
    return raw.body


def decode(octets: bytes) -> Any:
    """A body, decoded from JSON. Raises MalformedMessage."""
    try:
        return orjson.loads(octets)
    except orjson.JSONDecodeError as error:
        raise MalformedMessage(f"Not JSON: {clean(error, 200)}.") from error


def decode_object(octets: bytes) -> dict[str, Any]:
    """A body that must be a JSON object. Raises MalformedMessage."""
    body = decode(octets)
    if not isinstance(body, dict):
        raise MalformedMessage("The body must be a JSON object.")
    return body


def open_message(raw: DeliveredMessage, queue: str, *, unvalidated: frozenset[str] = frozenset()) -> Delivery:
    """A Delivery with a validated body, or with its octets for the kinds in `unvalidated`: decoding and validating
    them is their handler's.

    Raises UnknownKind or MalformedMessage, the latter naming the first wrong fields.
    """
    kind = kind_of(raw, queue)
    octets = _sized(raw)
    if kind.name in unvalidated:
        return Delivery(queue, kind, octets, raw)
    body = decode(octets)
    try:
        return Delivery(queue, kind, kind.body.model_validate(body), raw)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(p) for p in e['loc']) or 'body'}: {e['msg']}" for e in error.errors(include_url=False)[:5]
        )
        raise MalformedMessage(f"{kind.type}: {clean(wrong, 800)}") from error
