"""Places for printers that are being read: bounded, some of them kept for urgent polls, and none for those who dawdle.

A poll whose printer keeps a request waiting (snmp/patience.py says how long) moves to a slow place and so makes room
for another, as does one that takes longer than PATIENCE_S in all; a printer that is known to be silent begins in a slow
place, and lets those go first that wait for an ordinary one, up to a number and for a while. What is dead, slow or
stalling therefore hardly holds ordinary places, and slow places are bounded too: only when they are all taken does the
slow hold up the quick.
"""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Callable
from contextvars import Token
from dataclasses import dataclass

from services.collector.errors import NotStarted
from services.collector.snmp.patience import ON_WAIT
from shared.words import Lane

PATIENCE_S = 2.0
# A probe may wait so long for the sake of others. It costs the processor half as much as a reading, and is nearly
# always in vain.
DEFER_S = 2.0
_KINDS = {lane: lane.value for lane in Lane}  # an enum's `value` is slow to look up
_URGENT, _ROUTINE = _KINDS[Lane.URGENT], _KINDS[Lane.ROUTINE]
_SLOW = "slow"  # beside the lanes' own names: which places a poll counts among


@dataclass(slots=True)
class _Turn:
    """Somebody waits for a place since `since`, the loop's time. `told` ends when it is there."""

    told: "asyncio.Future[None]"
    since: float


class _Place:
    """A place for one poll, taken while it is entered."""

    __slots__ = ("_slots", "_told", "kind", "since")

    def __init__(self, slots: "Slots", kind: str) -> None:
        self._slots, self.kind = slots, kind
        self.since = 0.0  # the loop's time
        self._told: Token[Callable[[], None] | None] | None = None

    async def __aenter__(self) -> None:
        is_watched = await self._slots.enter(self)
        self._told = ON_WAIT.set(self._step_aside if is_watched else None)

    async def __aexit__(self, *_: object) -> None:
        if self._told is not None:
            ON_WAIT.reset(self._told)
        self._slots.leave(self)

    def _step_aside(self) -> None:
        self._slots.step_aside(self)


class Slots:
    """`total` places; routine polls take at most `total - reserve` of them, so that one where a person waits never
    stands behind a full house of scheduled ones. Beside these, `slow` places. Who waits is bounded by the consumers'
    prefetch.
    """

    def __init__(self, total: int, reserve: int, slow: int = 0) -> None:
        self._total, self._routine_most, self._slow_most = total, max(1, total - reserve), slow
        self._deferred_most = slow // 4  # of the silent, while others wait: they hold a part of the prefetch
        self._count = {_URGENT: 0, _ROUTINE: 0, _SLOW: 0}
        self._waiting: dict[str, deque[_Turn]] = {kind: deque() for kind in self._count}
        self._quick: OrderedDict[_Place, None] = OrderedDict()  # the ordinary places, the oldest first
        self._look: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def taken(self) -> int:
        """How many are being read."""
        return sum(self._count.values())

    @property
    def slow(self) -> int:
        """How many of them are in a slow place."""
        return self._count[_SLOW]

    def place(self, lane: Lane, *, silent: bool = False) -> _Place:
        """A place for one poll, as an async context: a slow one where the printer is known to be `silent`. To enter it
        raises NotStarted while closed, also for those who wait."""
        return _Place(self, _SLOW if silent and self._slow_most else _KINDS[lane])

    async def enter(self, place: _Place) -> bool:
        """Waits for room. True where the place is an ordinary one, which may be moved."""
        if self._closed:
            raise NotStarted
        kind = place.kind
        if not self._waiting[kind] and self._has_room(kind) and not (kind == _SLOW and self._others_wait()):
            self._count[kind] += 1
        else:
            await self._turn(kind)
        if not self._slow_most or kind == _SLOW:
            return False
        loop = asyncio.get_running_loop()
        place.since = loop.time()
        self._quick[place] = None
        if self._look is None:
            self._look = loop.call_later(PATIENCE_S, self._move_the_slow)
        return True

    def leave(self, place: _Place) -> None:
        """Gives the place back."""
        self._quick.pop(place, None)
        self._leave(place.kind)

    async def _turn(self, kind: str) -> None:
        loop = asyncio.get_running_loop()
        turn = _Turn(loop.create_future(), loop.time())
        self._waiting[kind].append(turn)
        if kind == _SLOW:
            self._admit()  # one more may be one too many to be deferred
        told = turn.told
        try:
            await told
        except asyncio.CancelledError:
            if told.done() and not told.cancelled() and told.exception() is None:
                self._leave(kind)
            raise

    def _leave(self, kind: str) -> None:
        self._count[kind] -= 1
        if kind == _SLOW and self._look is None and self._quick:
            self._move_the_slow()  # those who hold ordinary places against their will come first
        self._admit()

    def _has_room(self, kind: str) -> bool:
        if kind == _SLOW:
            return self._count[_SLOW] < self._slow_most
        urgent, routine = self._count[_URGENT], self._count[_ROUTINE]
        if urgent + routine >= self._total:
            return False
        return kind == _URGENT or routine < self._routine_most

    def _others_wait(self) -> bool:
        """Whether somebody waits for an ordinary place."""
        return bool(self._waiting[_ROUTINE] or self._waiting[_URGENT])

    def _is_deferred(self, waiting: deque[_Turn]) -> bool:
        """Whether the first of those who begin in a slow place is to let others go before."""
        if not self._others_wait() or len(waiting) > self._deferred_most:
            return False
        return asyncio.get_running_loop().time() < waiting[0].since + DEFER_S

    def step_aside(self, place: _Place) -> None:
        """Its printer lets a request wait: it moves, or is the next to move."""
        if place not in self._quick:
            return
        if self._has_room(_SLOW):
            self._move(place)
            self._admit()
            return
        place.since = -math.inf
        self._quick.move_to_end(place, last=False)
        if self._look is not None:
            self._look.cancel()
            self._look = None  # it is looked at when a slow place is left

    def _move(self, place: _Place) -> None:
        del self._quick[place]
        self._count[place.kind] -= 1
        place.kind = _SLOW
        self._count[_SLOW] += 1

    def _move_the_slow(self) -> None:
        """Moves who has been reading for too long to slow places while there are any; looks again when the next is
        due, or when a slow place is left."""
        self._look = None
        loop = asyncio.get_running_loop()
        while self._quick:
            place = next(iter(self._quick))
            due = place.since + PATIENCE_S
            if due > loop.time():
                self._look = loop.call_at(due, self._move_the_slow)
                break
            if not self._has_room(_SLOW):
                break
            self._move(place)
        self._admit()

    def _admit(self) -> None:
        for kind, waiting in self._waiting.items():  # the slow come last: who else waits is known by then
            while waiting and self._has_room(kind) and not (kind == _SLOW and self._is_deferred(waiting)):
                told = waiting.popleft().told
                if not told.done():
                    self._count[kind] += 1
                    told.set_result(None)

    def close(self) -> None:
        """Lets nobody in any more; those who wait are sent away. Who has a place keeps it."""
        self._closed = True
        for waiting in self._waiting.values():
            while waiting:
                told = waiting.popleft().told
                if not told.done():
                    told.set_exception(NotStarted())

    def open(self) -> None:
        """Lets in again."""
        self._closed = False
