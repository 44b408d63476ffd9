"""A dead letter as the index keeps it, from the message itself. Pure functions; every byte of it is untrusted."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from aiormq.abc import DeliveredMessage

from services.status_api.times import iso, iso_now
from shared.broker.deadletters import ERROR_AT, ERROR_MESSAGE, ERROR_REASON, ERROR_SERVICE, ERROR_TYPE, ERROR_VERSION
from shared.broker.delivery import attempt_of, headers_of
from shared.messages.envelope import ORIGIN
from shared.text import clean
from shared.topology.table import DEAD_POLL_QUEUE, DEAD_POLLS

MAX_BODY = 64 * 1024  # of a body, for looking at; the dead letter itself keeps all
_MAX_HEADERS = 16 * 1024
# Exchange → the queue beside dead.index that holds the dead letter itself.
QUEUE_OF = {DEAD_POLLS: DEAD_POLL_QUEUE}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One row of dead_letters. `poll_id` and `sweep_id` are those of a poll request."""

    id: str
    message_id: str | None
    queue: str
    kind: str
    origin: str
    reason: str
    error_type: str
    error_message: str
    attempt: int
    died_at: str
    service: str
    version: str
    size: int
    summary: str
    printer_id: int | None
    body: bytes
    headers: str
    poll_id: str | None = None
    sweep_id: str | None = None


def identity(raw: DeliveredMessage, queue: str) -> str:
    """What makes a dead letter the same: its queue, its message id (a sender may have set none) and its body."""
    properties = raw.header.properties
    digest = hashlib.sha256()
    for part in (queue, properties.message_id or "", properties.message_type or ""):
        digest.update(part.encode("utf-8", "replace") + b"\0")
    digest.update(raw.body)
    return digest.hexdigest()[:24]


def _text(headers: dict[str, Any], name: str, limit: int = 255) -> str:
    value = headers.get(name)
    return clean(value, limit) if isinstance(value, str | int) else ""


def reason_of(headers: dict[str, Any]) -> str:
    """Why it died: as the service said (parked, retries exhausted), else as the broker did (expired, rejected, ...)."""
    return _text(headers, ERROR_REASON) or _text(headers, "x-first-death-reason") or "unknown"


def origin_of(headers: dict[str, Any]) -> str:
    """The queue it died in. The broker's own trace counts where no service has told it."""
    return _text(headers, ORIGIN) or _text(headers, "x-first-death-queue")


def _died_at(headers: dict[str, Any]) -> str:
    told = headers.get(ERROR_AT)
    if isinstance(told, str):
        try:
            found = datetime.fromisoformat(told)
            if found.tzinfo is not None:
                return iso(found)
        except ValueError:
            pass
    deaths = headers.get("x-death")
    if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict):
        time = deaths[0].get("time")
        if isinstance(time, datetime) and time.tzinfo is not None:
            return iso(time)
    return iso_now()


def _summary(body: Any, raw: bytes) -> str:
    if not isinstance(body, dict):
        return clean(raw[:400].decode("utf-8", "replace"), 200)
    if "printer_id" in body and "address" in body:
        return clean(f"printer {body['printer_id']} at {body['address']}, site {body.get('site')}", 200)
    lists = [f"{len(v)} {k}" for k, v in body.items() if isinstance(v, list)]
    return clean(", ".join(lists) or raw[:400].decode("utf-8", "replace"), 200)


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 64 else None


def dead_letter_of(raw: DeliveredMessage, queue: str | None = None) -> DeadLetter:
    """The row for a message of dead.index (or of a dead-letter queue, named)."""
    exchange = raw.exchange or ""
    queue = queue or QUEUE_OF.get(exchange, exchange) or "unknown"
    headers, properties = headers_of(raw), raw.header.properties
    try:
        body = orjson.loads(raw.body) if len(raw.body) <= 4 * 1024 * 1024 else None
    except orjson.JSONDecodeError:
        body = None
    fields: dict[str, Any] = body if isinstance(body, dict) else {}
    poll = fields if queue == DEAD_POLL_QUEUE else {}
    printer_id = fields.get("printer_id")
    return DeadLetter(
        id=identity(raw, queue),
        message_id=clean(properties.message_id, 128) if properties.message_id else None,
        queue=clean(queue, 128),
        kind=clean(properties.message_type or "", 80),
        origin=origin_of(headers),
        reason=reason_of(headers),
        error_type=_text(headers, ERROR_TYPE),
        error_message=_text(headers, ERROR_MESSAGE, 1000),
        attempt=attempt_of(raw),
        died_at=_died_at(headers),
        service=_text(headers, ERROR_SERVICE),
        version=_text(headers, ERROR_VERSION),
        size=len(raw.body),
        summary=_summary(body, raw.body),
        printer_id=printer_id if isinstance(printer_id, int) and 0 < printer_id < 2**53 else None,
        body=raw.body[:MAX_BODY],
        headers=orjson.dumps(_plain(headers)).decode()[:_MAX_HEADERS],
        poll_id=_id(poll.get("poll_id")),
        sweep_id=_id(poll.get("sweep_id")),
    )


def _plain(value: Any, depth: int = 0) -> Any:
    """AMQP values as JSON: cleaned, capped."""
    if depth > 4:
        return "…"
    if isinstance(value, dict):
        return {clean(k, 128): _plain(v, depth + 1) for k, v in list(value.items())[:64]}
    if isinstance(value, list):
        return [_plain(v, depth + 1) for v in value[:32]]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    return iso(value) if isinstance(value, datetime) and value.tzinfo else clean(value, 500)
