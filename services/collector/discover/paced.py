"""An exchange that sends no more than so many packets a second, retries counted."""

import asyncio
import time

from services.collector.snmp.errors import NoAnswer, Unreachable
from services.collector.snmp.exchange import Answer, Exchange, Question, Target


class Paced:
    """Implements `Exchange` around another. Packets of SNMPv3's own (discovery, clocks) are not counted."""

    def __init__(self, inner: Exchange, rate: int) -> None:
        self._inner, self._gap = inner, 1.0 / rate
        self._next = 0.0
        self.packets = 0

    async def turn(self) -> None:
        """Waits until the next packet may leave."""
        now = time.monotonic()
        self._next = max(self._next, now) + self._gap
        self.packets += 1
        if (wait := self._next - self._gap - now) > 0:
            await asyncio.sleep(wait)

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        """See Exchange.ask."""
        left = attempts or target.retries + 1
        while True:
            await self.turn()
            left -= 1
            try:
                return await self._inner.ask(target, question, deadline, 1)
            except Unreachable:
                raise
            except NoAnswer:
                if not left:
                    raise
