"""Who did not answer last time: asked with one small packet, briefly, before a whole poll is spent on it."""

import time
from collections import OrderedDict
from dataclasses import replace

from services.collector import metrics
from services.collector.read.session import SYS_UPTIME
from services.collector.snmp.errors import SnmpError
from services.collector.snmp.exchange import GET, Exchange, Question, Target

MOST_KEPT = 20_000
FORGET_S = 24 * 3600.0
MOST_WAIT_S = 0.5  # for each attempt: a printer that is up answers a single number in milliseconds
MOST_ATTEMPTS = 2  # one may be lost on the way

_SILENCE = frozenset(("no_answer", "nonsense", "budget_spent"))
_PROBE = Question(GET, (SYS_UPTIME,))
_STILL_SILENT, _BACK = metrics.PROBES.labels("silent"), metrics.PROBES.labels("back")


class Silent:
    """The printers whose last poll failed for want of an answer, by address (as it stands in requests) and port.

    At most `most` of them, the latest; each until it answers, or for FORGET_S.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._since: OrderedDict[tuple[str, int], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._since)

    def knows(self, address: str, port: int) -> bool:
        """Whether this printer was silent when it was last asked."""
        since = self._since.get((address, port))
        if since is None:
            return False
        if time.monotonic() - since > FORGET_S:
            del self._since[address, port]
            return False
        return True

    def note(self, address: str, port: int, error: str | None) -> None:
        """How a poll ended: `error` is its code, None where there is a reading."""
        key = (address, port)
        if error in _SILENCE:
            self._since[key] = time.monotonic()
            self._since.move_to_end(key)
            if len(self._since) > self._most:
                self._since.popitem(last=False)
        elif self._since and error is None:
            self._since.pop(key, None)
        else:
            return
        metrics.SILENT.set(len(self._since))


async def probe(exchange: Exchange, target: Target, deadline: float) -> None:
    """One number, asked once or twice with little patience. Raises SnmpError where the device is silent still; any
    answer at all, an error-status too, means that it is there."""
    brief = replace(
        target, timeout_s=min(target.timeout_s, MOST_WAIT_S), retries=min(target.retries, MOST_ATTEMPTS - 1)
    )
    try:
        await exchange.ask(brief, _PROBE, deadline)
    except SnmpError:
        _STILL_SILENT.inc()
        raise
    _BACK.inc()
