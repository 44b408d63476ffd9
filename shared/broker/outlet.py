"""The channel that publishes: many messages in one write, their confirms by delivery tag.

Each message has exactly one outcome: taken, refused (a nack: a queue is full), unroutable (returned), or unknown,
because nothing came in time or the channel ended.
"""

import asyncio
from collections.abc import Sequence

from aiormq.abc import AbstractChannel

from shared.broker import frames
from shared.broker.outgoing import Outgoing
from shared.broker.window import Window
from shared.broker.wire import Sink, Wire
from shared.errors import BrokerUnavailable, PrintsweepError, PublishRefused, Unroutable

_WRITE = 256 * 1024  # octets of one write, give or take a message
_MOST_METHODS = 1000  # (exchange, routing key) pairs whose frame is kept
_OPEN = PrintsweepError("no outcome yet")


class Batch:
    """Messages that somebody waits for. `outcomes`: None where the broker has the message, else why it has not."""

    def __init__(self, messages: Sequence[Outgoing]) -> None:
        self.messages = messages
        self.outcomes: list[PrintsweepError | None] = [_OPEN] * len(messages)
        self.sent = 0  # the first so many
        self.unsettled = len(messages)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle(self, nth: int, error: PrintsweepError | None) -> None:
        """Notes the outcome of a message."""
        self.outcomes[nth] = error
        self.unsettled -= 1
        if not self.unsettled and not self.done.done():
            self.done.set_result(None)

    def give_up(self, unsent: PrintsweepError, unknown: PrintsweepError) -> None:
        """Notes an outcome for all that have none."""
        for nth, outcome in enumerate(self.outcomes):
            if outcome is _OPEN:
                self.outcomes[nth] = unknown if nth < self.sent else unsent


class Outlet(Sink):
    """One channel in confirm mode. Gives the room of each message back to the window when it has its outcome.

    What its caller gave up is forgotten here; a confirm that comes for it later changes nothing.
    """

    def __init__(self, channel: AbstractChannel, wire: Wire, window: Window) -> None:
        self.wire = wire
        self._window = window
        self._number = channel.number
        self._frame_max = channel.connection.connection_tune.frame_max or 0
        self._tag = 0  # of the last message; the broker counts in the same way
        self._waiting: dict[int, tuple[Batch, int]] = {}  # by tag, and in their order
        self._methods: dict[tuple[str, str], bytes] = {}
        self.is_open = True
        wire.attach(channel, self)

    def send(self, batch: Batch, most: int) -> int:
        """Sends the next messages of a batch, at least one and at most `most`, in one write; returns how many.

        Raises BrokerUnavailable, or ValueError where a routing key is too long; then none is in flight.
        """
        if not self.is_open:
            raise BrokerUnavailable("The channel was closed.")
        data: list[bytes] = []
        first = last = batch.sent
        size = 0
        while last < min(len(batch.messages), first + most) and size < _WRITE:
            message = batch.messages[last]
            content = frames.content(self._number, message.properties, message.body, self._frame_max)
            data += (self._method(message.exchange, message.key), content)
            size += len(content)
            last += 1
        try:
            self.wire.write(b"".join(data))
        except ConnectionError as error:
            raise BrokerUnavailable(str(error)) from error
        for nth in range(first, last):
            self._tag += 1
            self._waiting[self._tag] = (batch, nth)
        batch.sent = last
        return last - first

    def _method(self, exchange: str, key: str) -> bytes:
        found = self._methods.get((exchange, key))
        if found is None:
            if len(self._methods) >= _MOST_METHODS:
                self._methods.clear()
            found = self._methods[exchange, key] = frames.publish_method(self._number, exchange, key)
        return found

    def forget(self, batch: Batch) -> None:
        """Nobody waits for this batch any more."""
        tags = [tag for tag, (other, _) in self._waiting.items() if other is batch]
        for tag in tags:
            del self._waiting[tag]
        self._window.give(len(tags))

    def confirmed(self, tag: int, *, multiple: bool, taken: bool) -> None:
        """See Sink."""
        tags = [tag] if tag in self._waiting else []
        if multiple:
            tags = []
            for waiting in self._waiting:
                if waiting > tag > 0:  # 0 would mean all
                    break
                tags.append(waiting)
        for settled in tags:
            batch, nth = self._waiting.pop(settled)
            message = batch.messages[nth]
            batch.settle(nth, None if taken else PublishRefused(_route(message.exchange, message.key)))
        self._window.give(len(tags))

    def returned(self, exchange: str, key: str, message_id: str | None) -> None:
        """See Sink. Where two in flight share an id their routes tell which one it is; where they share these too,
        both come back."""
        for tag, (batch, nth) in self._waiting.items():
            message = batch.messages[nth]
            if (message.message_id, message.exchange, message.key) == (message_id, exchange, key):
                del self._waiting[tag]
                batch.settle(nth, Unroutable(_route(exchange, key)))
                self._window.give(1)
                return

    def closed(self, reason: str) -> None:
        """See Sink."""
        self.is_open = False
        waiting, self._waiting = self._waiting, {}
        for batch, nth in waiting.values():
            batch.settle(nth, BrokerUnavailable(f"With this message in flight: {reason[:200]}."))
        self._window.give(len(waiting))


def _route(exchange: str, key: str) -> str:
    return f"Exchange {exchange!r}, routing key {key!r}."
