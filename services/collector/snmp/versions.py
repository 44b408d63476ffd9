"""One exchange for all versions: v1 and v2c by our own driver, v3 by pysnmp's engines."""

import contextlib

from services.collector.snmp.encode import encoded_varbinds
from services.collector.snmp.exchange import NO_ERROR, V3, Answer, OctetExchange, Octets, Question, Target
from services.collector.snmp.v3.exchange import V3Exchange


class ByVersion:
    """Implements `OctetExchange`. Use as an async context around an open driver for v1 and v2c; that of v3 is
    opened when the first such device is asked."""

    def __init__(self, plain: OctetExchange) -> None:
        self._plain = plain
        self._v3: V3Exchange | None = None
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "ByVersion":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def ask(self, target: Target, question: Question, deadline: float, attempts: int | None = None) -> Answer:
        """See Exchange.ask."""
        if target.version != V3:
            return await self._plain.ask(target, question, deadline, attempts)
        return await (await self._of_v3()).ask(target, question, deadline, attempts)

    async def ask_octets(
        self, target: Target, question: Question, deadline: float, attempts: int | None = None
    ) -> Answer | Octets:
        """See OctetExchange.ask_octets. What comes over v3 has been decoded by pysnmp: it is encoded again, for that
        costs a hundredth of the decoding, and plans serve all versions alike."""
        if target.version != V3:
            return await self._plain.ask_octets(target, question, deadline, attempts)
        answer = await (await self._of_v3()).ask(target, question, deadline, attempts)
        return answer if answer.error_status != NO_ERROR else Octets(encoded_varbinds(answer.varbinds), 0)

    async def _of_v3(self) -> V3Exchange:
        if self._v3 is None:
            self._v3 = V3Exchange()
            await self._stack.enter_async_context(self._v3)
        return self._v3
