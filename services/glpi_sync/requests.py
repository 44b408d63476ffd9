"""glpi.request: the commands to glpi_sync, their answers, and what becomes of those that fail.

A command that names a reply queue is answered, once, at its first attempt: a glpi.reconcile with its pass id as soon
as it is taken, a glpi.check when its verdicts are out. An error is answered too; a command that no retry can help
and whose sender has been told so is settled by that, every other goes up the ladder or is parked.
"""

import asyncio
from collections.abc import Callable

import structlog

from services.glpi_sync.asking import again_in, named_store_errors
from services.glpi_sync.errors import GlpiNotConfigured
from services.glpi_sync.lookups import Lookups
from services.glpi_sync.passes import Passes
from services.glpi_sync.target import Target
from shared.broker.delivery import Delivery
from shared.broker.publisher import Publisher
from shared.errors import PrintsweepError, Verdict, verdict_of
from shared.messages.envelope import Envelope
from shared.messages.kinds import kind
from shared.messages.replies import CommandError, CommandReply
from shared.text import clean

log = structlog.get_logger(__name__)


class Requests:
    """The handlers of glpi.request. `after` is called when a request has ended, however it did."""

    def __init__(
        self,
        target: Target,
        passes: Passes,
        lookups: Lookups,
        publisher: Publisher,
        *,
        ladder_unit_s: float,
        after: Callable[[], None],
    ) -> None:
        self._target, self._passes, self._lookups, self._publisher = target, passes, lookups, publisher
        self._unit_s, self._after = ladder_unit_s, after
        # The prefetch lets one request in at a time, but after a lost connection the broker delivers one again while
        # its first handler still runs.
        self._one = asyncio.Lock()

    async def reconcile(self, delivery: Delivery) -> None:
        """Handles glpi.reconcile."""
        async with self._one:
            with named_store_errors():
                await self._reconcile(delivery)

    async def check(self, delivery: Delivery) -> None:
        """Handles glpi.check."""
        async with self._one:
            with named_store_errors():
                await self._check(delivery)

    async def _reconcile(self, delivery: Delivery) -> None:
        order = delivery.body
        try:
            if self._target.problem is not None:
                await self._passes.refuse(order, self._target.problem)
                await self._cannot(delivery, self._target.problem)
                return
            await self._answer(delivery, CommandReply(ok=True, result={"pass_id": order.pass_id}))
            await self._passes.run(order, again_in(delivery.attempt, self._unit_s))
        finally:
            self._after()

    async def _check(self, delivery: Delivery) -> None:
        last = again_in(delivery.attempt, self._unit_s) is None
        try:
            counts = await self._lookups.run(delivery.body, last=last)
        except PrintsweepError as error:
            if verdict_of(error) is Verdict.PARK:
                await self._cannot(delivery, error)
                return
            if verdict_of(error) is Verdict.RETRY:
                await self._answer(delivery, self._no(error, again_in(delivery.attempt, self._unit_s)))
            raise
        finally:
            self._after()
        await self._answer(delivery, CommandReply(ok=True, result={"counts": counts}))

    async def _cannot(self, delivery: Delivery, error: PrintsweepError) -> None:
        """Settles a command that no retry can help: by its answer, or as a dead letter."""
        if not await self._answer(delivery, self._no(error, None)):
            raise error

    def _no(self, error: PrintsweepError, again: str | None) -> CommandReply:
        code = error.code if isinstance(error, GlpiNotConfigured) else "glpi_error"
        tail = f"It is tried again in {again}." if again else ""
        title = clean(error.title, 255)
        return CommandReply(
            ok=False, error=CommandError(code=code, title=title, detail=clean(f"{error.detail} {tail}", 2000))
        )

    async def _answer(self, delivery: Delivery, reply: CommandReply) -> bool:
        """Answers a command's first attempt; whether the answer got out. An asker who has gone is no error."""
        if not delivery.reply_to or delivery.attempt > 1:
            return False
        envelope = Envelope(correlation_id=delivery.correlation_id)
        try:
            await self._publisher.publish(kind("command.reply"), reply, envelope, key=delivery.reply_to)
        except PrintsweepError as error:
            log.info("request.not_answered", error=clean(error, 200))
            return False
        return True
