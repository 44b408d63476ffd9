"""What becomes of a message that could not be handled: the next step of the ladder, or a dead letter with its story."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aio_pika import DeliveryMode, Message
from aiormq.abc import DeliveredMessage

from shared.broker.delivery import attempt_of, headers_of
from shared.messages.envelope import ATTEMPT, ORIGIN
from shared.text import clean
from shared.topology.table import LADDER, PARKED, dead_exchange_of, has_ladder

ERROR_TYPE, ERROR_MESSAGE, ERROR_REASON = "x-error-type", "x-error-message", "x-error-reason"
ERROR_AT, ERROR_SERVICE, ERROR_VERSION = "x-error-at", "x-error-service", "x-error-version"
# The broker's own traces: a copy that we publish must not carry them, or it dies again of its past.
_STALE = ("x-death", "x-first-death", "x-last-death", "x-delivery-count", "x-acquired-count", "x-opt-")


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who writes a dead letter."""

    service: str
    version: str


def clean_headers(headers: dict[str, Any]) -> dict[str, Any]:
    """`headers` without the broker's traces and without the story of an earlier death."""
    return {
        k: v for k, v in headers.items() if not k.startswith(_STALE) and not k.startswith("x-error-") and k != PARKED
    }


def copy_of(raw: DeliveredMessage, headers: dict[str, Any], *, message_id: str | None = None) -> Message:
    """The same body and properties under other headers. `message_id` defaults to a fresh one."""
    properties = raw.header.properties
    return Message(
        raw.body,
        type=properties.message_type,
        content_type=properties.content_type,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=message_id or uuid.uuid4().hex,
        correlation_id=properties.correlation_id,
        reply_to=properties.reply_to,
        timestamp=properties.timestamp,
        headers=headers,
    )


def next_step(raw: DeliveredMessage, queue: str) -> tuple[Message, str] | None:
    """The message for the next step of the ladder and that step's exchange; None when there is no further step."""
    attempt = attempt_of(raw)
    if not has_ladder(queue) or attempt > len(LADDER):
        return None
    headers = clean_headers(headers_of(raw)) | {ATTEMPT: attempt + 1, ORIGIN: queue}
    return copy_of(raw, headers), LADDER[attempt - 1][0]


def dead_letter(raw: DeliveredMessage, queue: str, error: BaseException, reporter: Reporter) -> tuple[Message, str]:
    """The message as a dead letter that tells its story, and the exchange it goes to.

    Headers: x-error-type, -message, -reason, -at, -service, -version, x-attempt, x-origin. The message_id stays, so
    that the dead letter and its entry in the index are known to be the same.
    """
    headers = clean_headers(headers_of(raw)) | {
        ATTEMPT: attempt_of(raw),
        ORIGIN: queue,
        PARKED: "yes",
        ERROR_TYPE: type(error).__name__,
        ERROR_MESSAGE: clean(error, 1000),
        ERROR_REASON: "parked" if attempt_of(raw) == 1 else "retries exhausted",
        ERROR_AT: datetime.now(UTC).isoformat(timespec="milliseconds"),
        ERROR_SERVICE: reporter.service,
        ERROR_VERSION: reporter.version,
    }
    return copy_of(raw, headers, message_id=raw.header.properties.message_id), dead_exchange_of(queue)
