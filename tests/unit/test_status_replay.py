"""Replay: what an interruption leaves is told as such."""

import pytest

from services.status_api.dead.replay import Outcome, Wanted, _untold

LOST = "The broker gave no more of the queue (AMQPConnectionError)."


@pytest.mark.parametrize(
    ("ids", "interrupted", "rows"),
    [
        (None, "", []),
        (None, LOST, [("", f"{LOST} What is left can be replayed again.")]),
        (frozenset({"a", "b", "c"}), "", [("c", "It is no longer in the queue.")]),
        (frozenset({"a", "b", "c"}), LOST, [("c", LOST)]),
    ],
)
def test_what_met_neither_fate(ids: frozenset[str] | None, interrupted: str, rows: list[tuple[str, str]]) -> None:
    outcome = Outcome(2, ["a"], [{"id": "b", "why": "Its body is not valid."}], interrupted=interrupted)
    assert [(row["id"], row["why"]) for row in _untold(Wanted("dead.poll", ids), outcome)] == rows
