"""The message that all clients send and take: a poll request, as the scheduler publishes it."""

import uuid
from typing import Any

import aio_pika
import orjson

from shared.messages.base import now

EXCHANGE, KEY, TYPE = "work", "poll.main.routine", "poll.request.v1"
WINDOW = 200
SWEEP = "2f7b6f0e-5b0a-4c86-9a3a-0d6b3c1f2e77"


def body(number: int) -> dict[str, Any]:
    return {
        "poll_id": f"{SWEEP[:-8]}{number:08d}",
        "printer_id": number + 1,
        "address": f"10.0.{number // 250 % 250}.{number % 250 + 1}",
        "port": 161,
        "profile": "default",
        "site": "main",
        "lane": "routine",
        "sweep_id": SWEEP,
        "requested_at": "2026-01-01T00:00:00.000+00:00",
        "budget_s": 60.0,
        "failing": False,
    }


def message(number: int) -> aio_pika.Message:
    """The same with the same properties, as a user of aio-pika writes it."""
    return aio_pika.Message(
        orjson.dumps(body(number)),
        type=TYPE,
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=uuid.uuid4().hex,
        correlation_id=SWEEP,
        timestamp=now(),
    )
