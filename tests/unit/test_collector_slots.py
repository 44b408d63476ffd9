"""Places for polls: bounded, with a reserve for urgent ones, and closed to newcomers at the end."""

import asyncio

import pytest

from services.collector import slots as module
from services.collector.errors import NotStarted
from services.collector.slots import Slots
from shared.words import Lane
from tests.support import eventually


class Guest:
    """Takes a place until told to leave."""

    def __init__(self, slots: Slots, lane: Lane, *, silent: bool = False) -> None:
        self.is_in = False
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._stay(slots, lane, silent=silent))

    async def _stay(self, slots: Slots, lane: Lane, *, silent: bool) -> None:
        async with slots.place(lane, silent=silent):
            self.is_in = True
            await self.leave.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def guests(slots: Slots, lane: Lane, count: int) -> list[Guest]:
    made = [Guest(slots, lane) for _ in range(count)]
    await settle()
    return made


async def test_an_urgent_poll_never_waits_behind_routine_ones() -> None:
    slots = Slots(10, 2)
    routine = await guests(slots, Lane.ROUTINE, 500)
    assert sum(g.is_in for g in routine) == 8
    urgent = await guests(slots, Lane.URGENT, 4)
    assert [g.is_in for g in urgent] == [True, True, False, False]
    routine[0].leave.set()
    await settle()
    assert urgent[2].is_in
    assert sum(g.is_in for g in routine) == 8
    assert slots.taken == 10
    for guest in urgent + routine:
        guest.leave.set()
    await asyncio.gather(*(g.task for g in urgent + routine))
    assert slots.taken == 0


async def test_a_cancelled_guest_gives_its_place_to_the_next() -> None:
    slots = Slots(2, 1)
    first, waiting, last = await guests(slots, Lane.ROUTINE, 3)
    waiting.task.cancel()
    first.task.cancel()
    await settle()
    assert last.is_in
    assert slots.taken == 1
    last.leave.set()
    await last.task
    assert slots.taken == 0


async def test_closing_sends_away_who_waits_and_keeps_who_is_in() -> None:
    slots = Slots(2, 1)
    inside, waiting = await guests(slots, Lane.ROUTINE, 2)
    slots.close()
    with pytest.raises(NotStarted):
        await waiting.task
    with pytest.raises(NotStarted):
        await Guest(slots, Lane.URGENT).task
    assert inside.is_in
    inside.leave.set()
    await inside.task
    slots.open()
    (again,) = await guests(slots, Lane.ROUTINE, 1)
    assert again.is_in
    again.leave.set()
    await again.task


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.01)


async def test_who_takes_long_makes_room_for_others(hurry: None) -> None:
    slots = Slots(4, 1, slow=10)
    dead = await guests(slots, Lane.ROUTINE, 12)
    await eventually(lambda: slots.slow == 10, what="the slow places being filled")
    assert slots.taken == 12, "ten of them have moved, two hold ordinary places"
    (living,) = await guests(slots, Lane.ROUTINE, 1)
    assert living.is_in, "one of three ordinary places is left"
    (waiting,) = await guests(slots, Lane.ROUTINE, 1)
    assert not waiting.is_in, "the slow places are bounded"
    dead[0].leave.set()
    await eventually(lambda: waiting.is_in, what="a slow place that is left taking one from the ordinary places")
    for guest in [*dead, living, waiting]:
        guest.leave.set()
    await asyncio.gather(*(g.task for g in [*dead, living, waiting]))
    assert (slots.taken, slots.slow) == (0, 0)


async def test_who_is_known_to_be_silent_never_takes_an_ordinary_place() -> None:
    slots = Slots(4, 1, slow=2)
    silent = [Guest(slots, Lane.ROUTINE, silent=True) for _ in range(100)]
    await settle()
    assert (sum(g.is_in for g in silent), slots.slow) == (2, 2)
    living = await guests(slots, Lane.ROUTINE, 3)
    assert all(g.is_in for g in living)
    silent[50].task.cancel()
    for guest in silent + living:
        guest.leave.set()
    await asyncio.gather(*(g.task for g in silent + living), return_exceptions=True)
    assert (slots.taken, slots.slow) == (0, 0)
    assert all(g.is_in for g in silent if not g.task.cancelled())


async def test_the_known_silent_let_the_living_go_first_but_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = Slots(4, 1, slow=40)
    living = await guests(slots, Lane.ROUTINE, 5)
    assert [g.is_in for g in living] == [True, True, True, False, False]
    silent = [Guest(slots, Lane.ROUTINE, silent=True) for _ in range(30)]
    await settle()
    assert [g.is_in for g in silent] == [True] * 20 + [False] * 10, "a quarter of the slow places may be deferred"
    living[0].leave.set()
    await settle()
    assert [g.is_in for g in living] == [True] * 4 + [False]
    assert sum(g.is_in for g in silent) == 20, "one still waits for an ordinary place"
    living[1].leave.set()
    await settle()
    assert all(g.is_in for g in [*living, *silent]), "nobody is left to go first"
    waiting = await guests(slots, Lane.ROUTINE, 1)
    late = Guest(slots, Lane.ROUTINE, silent=True)
    await settle()
    assert not waiting[0].is_in
    assert not late.is_in
    monkeypatch.setattr(module, "DEFER_S", 0.0)
    silent[0].leave.set()
    await settle()
    assert late.is_in, "it has waited for long enough"
    assert not waiting[0].is_in
    everybody = [*living, *silent, *waiting, late]
    for guest in everybody:
        guest.leave.set()
    await asyncio.gather(*(g.task for g in everybody))
    assert (slots.taken, slots.slow) == (0, 0)


async def test_closing_sends_away_the_deferred_too() -> None:
    slots = Slots(2, 1, slow=40)
    living = await guests(slots, Lane.ROUTINE, 2)
    silent = Guest(slots, Lane.ROUTINE, silent=True)
    await settle()
    assert not silent.is_in
    slots.close()
    for sent_away in (silent, living[1]):
        with pytest.raises(NotStarted):
            await sent_away.task
    living[0].leave.set()
    await living[0].task
    assert slots.taken == 0


async def test_nothing_is_left_behind_by_many_quick_ones(hurry: None) -> None:
    slots = Slots(4, 1, slow=1)
    stuck = await guests(slots, Lane.ROUTINE, 2)
    await eventually(lambda: slots.slow == 1, what="one of them moving")
    for _ in range(500):
        async with slots.place(Lane.ROUTINE):
            pass
    assert len(slots._quick) == 1, "only who is still in is remembered"
    for guest in stuck:
        guest.leave.set()
    await asyncio.gather(*(g.task for g in stuck))
    assert not slots._quick
