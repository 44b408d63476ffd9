"""How wide a subscription is, and what that costs innocents while some messages kill whoever takes them."""

import heapq
import random
from dataclasses import dataclass

import pytest

from shared.broker.width import Width

LIMIT = 20  # returns that the broker allows


def after(width: Width, *returns: int | None) -> int:
    for number in returns:
        width.came(number)
        width.ended_well()
    return width.now


def test_the_first_message_that_never_came_back_widens_it_to_the_full() -> None:
    width = Width(500)
    assert width.now == 1
    width.came(0)
    assert width.now == 500


@pytest.mark.parametrize("returns", [1, 2])
def test_what_came_back_seldom_doubles_it_without_an_end(returns: int) -> None:
    width = Width(100)
    widths = [after(width, returns) for _ in range(150)]
    assert [widths.index(n) + 1 for n in (2, 4, 8, 16, 32, 64, 100)] == [8, 16, 24, 32, 48, 80, 144]
    assert widths[-1] == 100


@pytest.mark.parametrize("returns", [3, 19, None])
def test_suspects_double_it_up_to_sixteen(returns: int | None) -> None:
    width = Width(100)
    assert [after(width, *[returns] * 8) for _ in range(8)] == [2, 4, 8, 16, 16, 16, 16, 16]


def test_a_suspect_narrows_what_others_had_widened() -> None:
    width = Width(500)
    assert after(width, *[1] * 144) == 128
    width.came(3)
    assert width.now == 16
    assert after(width, *[1] * 100) == 16


def test_it_is_never_wider_than_the_plan() -> None:
    assert after(Width(3), *[1] * 100) == 3
    assert after(Width(3), *[3] * 100) == 3
    assert after(Width(3), 0) == 3


def test_a_new_connection_begins_at_one() -> None:
    width = Width(500)
    after(width, 3, 0)
    width.begin()
    assert width.now == 1
    assert after(width, *[1] * 48) == 32


@dataclass(eq=False)
class _Message:
    kills: bool
    returns: int = 0


def _one_life(queue: list[_Message], dice: random.Random) -> list[_Message]:
    """A process takes what stands in `queue` until it is empty or kills it. Returns what was in hand at its death, in
    the order of delivery."""
    width = Width(1500)
    ends: list[tuple[float, int]] = []
    in_hand: dict[int, _Message] = {}
    now, number = 0.0, 0
    while True:
        while queue and len(in_hand) < width.now:
            number += 1
            in_hand[number] = message = queue.pop(0)
            width.came(message.returns)
            # One printer in ten is silent.
            seconds = dice.uniform(0.05, 0.5) if dice.random() < 0.9 else dice.uniform(4, 8)
            heapq.heappush(ends, (now + (dice.uniform(0, 0.2) if message.kills else seconds), number))
        if not ends:
            return []
        now, ended = heapq.heappop(ends)
        if in_hand[ended].kills:
            return list(in_hand.values())
        del in_hand[ended]
        width.ended_well()


@pytest.mark.parametrize("poison", [1, 2, 5])
@pytest.mark.parametrize("seed", range(5))
def test_poison_dies_and_innocents_hardly_suffer(poison: int, seed: int) -> None:
    """As RabbitMQ's quorum queues do it: what came back stands before what is new, in the order in which it came."""
    dice = random.Random(seed)
    queue = [_Message(kills=False) for _ in range(1500)] + [_Message(kills=True) for _ in range(poison)]
    dice.shuffle(queue)
    dead: list[_Message] = []
    worst = 0
    while queue:
        back = _one_life(queue, dice)
        for message in back:
            message.returns += 1
        dead += [m for m in back if m.returns > LIMIT]
        back = [m for m in back if m.returns <= LIMIT]
        worst = max(worst, *(m.returns for m in back if not m.kills), 0) if back else worst
        new = next((at for at, m in enumerate(queue) if not m.returns), len(queue))
        queue[new:new] = back
    assert [m.kills for m in dead] == [True] * poison
    assert worst <= LIMIT // 2
