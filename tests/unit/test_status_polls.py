"""What the events of a poll make of it: whatever their order, the end is the same."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.status_api.record.polls import PollEvent, PollRow, deltas, merge, rises
from shared.words import RANK, PollState

EVENTS = {
    PollState.PENDING: PollEvent(
        "p", PollState.PENDING, printer_id=7, sweep_id="s", lane="routine", site="main", requested_at="t1"
    ),
    PollState.IN_PROGRESS: PollEvent("p", PollState.IN_PROGRESS, started_at="t3"),
    PollState.REFUSED: PollEvent(
        "p", PollState.REFUSED, printer_id=7, sweep_id="s", error_code="queue_full", ended_at="t2"
    ),
    PollState.EXPIRED: PollEvent("p", PollState.EXPIRED, printer_id=7, sweep_id="s", error_code="expired"),
    PollState.DEAD: PollEvent("p", PollState.DEAD, printer_id=7, error_code="parked"),
    PollState.FAILED: PollEvent(
        "p", PollState.FAILED, printer_id=7, sweep_id="s", started_at="t2", ended_at="t4", error_code="no_answer"
    ),
    PollState.DONE: PollEvent("p", PollState.DONE, printer_id=7, sweep_id="s", started_at="t4", ended_at="t5"),
}
ONE_OF_RANK_2 = (PollState.REFUSED, PollState.EXPIRED, PollState.DEAD)


def play(events: list[PollEvent]) -> tuple[PollRow, dict[tuple[str, str], int]]:
    row: PollRow | None = None
    counts: dict[tuple[str, str], int] = {}
    for event in events:
        new = merge(row, event)
        for key, n in deltas([(row, new)]).items():
            counts[key] = counts.get(key, 0) + n
        row = new
    assert row is not None
    return row, {key: n for key, n in counts.items() if n}


@given(
    chosen=st.sets(st.sampled_from([s for s in PollState if s not in ONE_OF_RANK_2]), min_size=1),
    ended=st.sampled_from([None, *ONE_OF_RANK_2]),
    data=st.data(),
)
def test_any_order_of_any_events_gives_the_same_poll_and_counts(
    chosen: set[PollState], ended: PollState | None, data: st.DataObject
) -> None:
    events = [EVENTS[s] for s in sorted([*chosen, *([ended] if ended else [])], key=lambda s: RANK[s])]
    expected = play(events)
    shuffled = data.draw(st.permutations(events))
    again = data.draw(st.lists(st.sampled_from(events), max_size=4))  # delivered twice
    assert play([*shuffled, *again]) == expected


def test_every_pair_keeps_the_higher_rank() -> None:
    for first, second in permutations(EVENTS.values(), 2):
        row, counts = play([first, second])
        assert RANK[row.state] == max(RANK[first.state], RANK[second.state])
        assert sum(n for (_, word), n in counts.items() if word in set(PollState)) in (0, 1)


def test_of_equal_rank_the_first_stays() -> None:
    row, _ = play([EVENTS[PollState.EXPIRED], EVENTS[PollState.DEAD]])
    assert (row.state, row.error_code) == (PollState.EXPIRED, "expired")
    assert not rises(row, EVENTS[PollState.REFUSED])


def test_an_error_goes_when_a_result_comes() -> None:
    row, counts = play([EVENTS[PollState.REFUSED], EVENTS[PollState.DONE]])
    assert row.error_code is None
    assert counts == {("s", "DONE"): 1}  # neither REFUSED nor its reason is left


@pytest.mark.parametrize(("state", "late"), [("DONE", True), ("FAILED", True), ("EXPIRED", False), ("DEAD", False)])
def test_only_results_are_late(state: str, late: bool) -> None:
    row = merge(merge(None, EVENTS[PollState.PENDING]), EVENTS[PollState(state)], sweep_closed=True)
    assert row.late is late


def test_a_poll_known_by_its_start_alone_counts_once_its_sweep_is_told() -> None:
    row, counts = play([EVENTS[PollState.IN_PROGRESS]])
    assert (row.printer_id, counts) == (None, {})
    row, counts = play([EVENTS[PollState.IN_PROGRESS], EVENTS[PollState.PENDING]])
    assert (row.printer_id, row.state, counts) == (7, PollState.IN_PROGRESS, {("s", "IN_PROGRESS"): 1})
