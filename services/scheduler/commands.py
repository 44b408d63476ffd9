"""Commands: carried out once, answered always. The answer is kept in the transaction that carries the command out."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite
import orjson
import structlog
from aiormq.abc import DeliveredMessage
from pydantic import BaseModel

from services.scheduler import store_answers
from services.scheduler.clock import Clock
from services.scheduler.errors import CommandRefused
from services.scheduler.inventory import Inventory
from services.scheduler.store import Store
from services.scheduler.sweeps import Sweeps
from shared.broker.delivery import Delivery, open_message
from shared.broker.publisher import Publisher
from shared.errors import BrokerUnavailable, MalformedMessage, PrintsweepError, PublishRefused, UnknownKind, Unroutable
from shared.messages.envelope import Envelope
from shared.messages.kinds import SCHEDULER_COMMAND, check_handlers, kind
from shared.messages.polls import PollOrder
from shared.messages.replies import CommandError, CommandReply
from shared.messages.sweeps import InventoryCommand, SweepOrder
from shared.text import clean

log = structlog.get_logger(__name__)

_REPLY = kind("command.reply")
_CODES: dict[type[PrintsweepError], str] = {MalformedMessage: "malformed", UnknownKind: "unknown_kind"}


class Commands:
    """Takes the messages of scheduler.command. `changed` is called after each commit."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        sweeps: Sweeps,
        inventory: Inventory,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._store, self._publisher, self._sweeps, self._inventory = store, publisher, sweeps, inventory
        self._clock, self._changed = clock, changed
        self._actions: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
            "inventory.command": self._inventory_command,
            "poll.order": self._poll_order,
            "sweep.order": self._sweep_order,
        }
        check_handlers(SCHEDULER_COMMAND, self._actions)

    async def take(self, raw: DeliveredMessage) -> None:
        """Handles one message. What is wrong is answered; with nobody to answer, it is parked."""
        reply_to = raw.header.properties.reply_to
        try:
            delivery = open_message(raw, SCHEDULER_COMMAND)
            reply = await self._once(delivery)
        except (CommandRefused, MalformedMessage, UnknownKind) as error:
            if not reply_to:
                raise
            code = error.code if isinstance(error, CommandRefused) else _CODES[type(error)]
            log.info("command.refused", code=code, error=clean(error, 300))
            refusal = CommandError(code=code, title=error.title, detail=clean(error.detail, 2000))
            reply = CommandReply(ok=False, error=refusal).model_dump_json(exclude_none=True)
        if reply_to:
            await self._answer(raw, reply_to, reply)

    async def _once(self, delivery: Delivery) -> str:
        """The answer: a new one, or the one that this key (or this very message, delivered again) got before."""
        body: BaseModel = delivery.body
        key, digest = _key(delivery), _digest(delivery)
        table = await self._inventory.prepare(body) if isinstance(body, InventoryCommand) else None
        async with self._store.transaction() as c:
            if key is not None and (known := await store_answers.find(c, key, digest)) is not None:
                return known
            result = await self._actions[delivery.kind.name](c, body, table)
            reply = CommandReply(ok=True, result=result).model_dump_json(exclude_none=True)
            if key is not None:
                await store_answers.keep(c, key, digest, reply, self._clock.now())
        log.info("command.done", kind=delivery.kind.name, requested_by=getattr(body, "requested_by", ""))
        self._changed()
        return reply

    async def _inventory_command(self, c: aiosqlite.Connection, body: Any, table: Any) -> dict[str, Any]:
        return await self._inventory.act(c, body, table)

    async def _poll_order(self, c: aiosqlite.Connection, body: PollOrder, _: Any) -> dict[str, Any]:
        return await self._sweeps.order(c, body.printer_ids, body.lane)

    async def _sweep_order(self, c: aiosqlite.Connection, body: SweepOrder, _: Any) -> dict[str, Any]:
        return await self._sweeps.open_ordered(
            c, site=body.site, force=body.force, requested_by=clean(body.requested_by)
        )

    async def _answer(self, raw: DeliveredMessage, reply_to: str, reply: str) -> None:
        """Sends an answer. Nobody waiting for it any more is no reason to repeat the command."""
        properties = raw.header.properties
        envelope = Envelope(correlation_id=properties.correlation_id or properties.message_id)
        try:
            await self._publisher.publish(_REPLY, orjson.loads(reply), envelope, key=reply_to[:255])
        except (Unroutable, PublishRefused) as error:
            log.info("command.answer_unwanted", reply_to=clean(reply_to, 80), error=clean(error, 200))
        except BrokerUnavailable as error:
            log.warning("command.answer_lost", reply_to=clean(reply_to, 80), error=clean(error, 200))
            raise


def _key(delivery: Delivery) -> str | None:
    if given := getattr(delivery.body, "idempotency_key", None):
        return f"key {given}"
    return f"message {delivery.message_id[:100]}" if delivery.message_id else None


def _digest(delivery: Delivery) -> str:
    """What makes two commands the same: the kind and the body."""
    text = delivery.body.model_dump_json(exclude={"requested_by"})
    return hashlib.sha256(f"{delivery.kind.name} {text}".encode()).hexdigest()
