"""Asking one device: GETs in PDUs that it takes, with what v1, small cards and silence demand."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.collector.read.traits import Traits
from services.collector.snmp.errors import BudgetSpent, NoAnswer, Nonsense, SnmpError, Unreachable
from services.collector.snmp.exchange import (
    EXCEPTIONS,
    GET,
    NO_ERROR,
    NULL,
    TOO_BIG,
    Answer,
    Exchange,
    Oid,
    Question,
    Target,
    Varbind,
)

_NOTHING = EXCEPTIONS | {NULL}
SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)


@dataclass(slots=True)
class Session:
    """One device during one poll. Everything that is asked shares `deadline` (time.monotonic())."""

    exchange: Exchange
    target: Target
    deadline: float
    traits: Traits
    pdus: int = 0
    varbinds: int = 0
    found: dict[Oid, Varbind] = field(default_factory=dict)
    unanswered: set[Oid] = field(default_factory=set)
    trouble: SnmpError | None = None  # the last thing that kept something from being read
    is_silent: bool = False  # answered before, and now not even to one small question

    @property
    def is_over(self) -> bool:
        """No time is left, or there is no way to the device any more."""
        return self.is_silent or time.monotonic() >= self.deadline or isinstance(self.trouble, Unreachable)

    async def probe(self) -> None:
        """After silence: is the device there at all? One small question decides whether to go on."""
        try:
            await self.ask(Question(GET, (SYS_UPTIME,)))
        except SnmpError:
            self.is_silent = True

    async def ask(self, question: Question, attempts: int | None = None) -> Answer:
        """One PDU, counted. Raises as Exchange.ask does."""
        answer = await self.exchange.ask(self.target, question, self.deadline, attempts)
        self.pdus += 1
        self.varbinds += len(answer.varbinds)
        return answer

    async def first(self, oids: tuple[Oid, ...], attempts: int | None = None) -> None:
        """The first GET: small, and in one PDU. Raises NoAnswer, Nonsense, Unreachable or BudgetSpent."""
        await self._get_part([oid for oid in oids if oid not in self.traits.absent and oid not in self.found], attempts)

    async def get(self, oids: Iterable[Oid]) -> None:
        """GETs all of `oids` into `found`. What exists not is left out; what could not be asked is `unanswered`."""
        absent, found = self.traits.absent, self.found
        waiting = [oid for oid in dict.fromkeys(oids) if oid not in found and not (absent and oid in absent)]
        at = 0
        while at < len(waiting):
            if self.is_over:
                self.trouble = self.trouble or BudgetSpent()
                self.unanswered.update(waiting[at:])
                return
            part = waiting[at : at + self.traits.size]
            at += len(part)
            await self._get_or_halve(part)

    async def _get_or_halve(self, part: list[Oid]) -> None:
        """Silence on a large PDU may mean that it was too large: ever smaller beginnings are asked. The size that is
        answered is remembered, and the rest asked in that size.
        """
        size = len(part)
        while True:
            try:
                await self._get_part(part[:size])
            except (NoAnswer, Nonsense) as error:
                self.trouble = error
                if size == 1 or self.is_over:
                    break
                size = (size + 1) // 2
            except SnmpError as error:
                self.trouble = error
                break
            else:
                if size < len(part):
                    self.traits.note_limit(size)
                    await self.get(part[size:])
                return
        self.unanswered.update(part)
        if not self.is_over:
            await self.probe()

    async def _get_part(self, part: list[Oid], attempts: int | None = None) -> None:
        """One GET, repeated without the names that v1 refuses, and halved while the device says tooBig."""
        part = list(part)
        for _ in range(len(part) + 8):
            if not part:
                return
            answer = await self.ask(Question(GET, tuple(part)), attempts)
            if answer.error_status == NO_ERROR:
                self._take(part, answer.varbinds)
                self.traits.note_answered(len(part))
                return
            if answer.error_status == TOO_BIG and len(part) > 1:
                half = (len(part) + 1) // 2
                self.traits.note_limit(half)
                await self._get_part(part[:half])
                part = part[half:]
                continue
            if not 1 <= answer.error_index <= len(part):
                raise Nonsense(f"error-status {answer.error_status} with error-index {answer.error_index}.")
            refused = part.pop(answer.error_index - 1)  # noSuchName, or another error over this one name
            if answer.error_status != TOO_BIG:
                self.traits.note_absent(refused)
        self.unanswered.update(part)

    def _take(self, asked: list[Oid], varbinds: list[Varbind]) -> None:
        """Keeps what answers a question: nearly always the varbinds come in the order in which they were asked."""
        wanted: set[Oid] | None = None
        taken = 0
        for position, varbind in enumerate(varbinds):
            if wanted is None and not (position < len(asked) and varbind.oid == asked[position]):
                wanted = set(asked[position:])
            if wanted is not None:
                if varbind.oid not in wanted:
                    continue
                wanted.discard(varbind.oid)
            taken += 1
            if varbind.tag not in _NOTHING:
                self.found[varbind.oid] = varbind
        if asked and not taken:
            raise Nonsense("The reply answers nothing of what was asked.")
