"""The tables of messages and topology hold together, and say no where a service does not fit them."""

import itertools
import re

import pytest

from shared.errors import Verdict, verdict_of
from shared.messages.kinds import KINDS, KindsInconsistent, _by_type, check_handlers, family, kind
from shared.topology.options import TopologyOptions
from shared.topology.rights import RIGHTS
from shared.topology.table import (
    DEAD_QUEUES,
    LADDER,
    POLICY_PREFIX,
    dead_exchange_of,
    has_ladder,
    topology,
)
from shared.words import ENDED, RANK, ROLES, PollState

TABLE = topology(TopologyOptions(sites=("hq", "branch")))


def test_a_kind_declared_twice_is_refused() -> None:
    with pytest.raises(KindsInconsistent, match=r"poll\.request\.v1 is declared twice"):
        _by_type([kind("poll.request"), kind("poll.request")])


def test_every_kind_goes_to_an_exchange_and_to_queues_that_exist() -> None:
    exchanges = {e.name for e in TABLE.exchanges}
    families = {family(q.name) for q in TABLE.queues} | {"reply.*"}
    for k in KINDS.values():
        assert k.exchange in exchanges, k.name
        assert set(k.queues) <= families, k.name


@pytest.mark.parametrize(
    ("queue", "handled", "complaint"),
    [
        ("glpi.request", ["glpi.check"], "no handler for glpi.reconcile"),
        ("glpi.request", ["glpi.check", "glpi.reconcile", "poll.order"], "a handler for poll.order"),
        ("glpi.request", ["glpi.check", "glpi.check", "glpi.reconcile"], "two handlers for glpi.check"),
    ],
)
def test_a_service_that_does_not_fit_the_table_fails_at_start(queue: str, handled: list[str], complaint: str) -> None:
    with pytest.raises(KindsInconsistent, match=complaint):
        check_handlers(queue, handled)


def test_a_service_that_fits_the_table_starts() -> None:
    check_handlers("poll.hq.urgent", ["poll.request"])
    check_handlers("scheduler.command", ["inventory.command", "poll.order", "sweep.order"])


def test_every_queue_is_bounded_in_messages_and_bytes() -> None:
    for queue in TABLE.queues:
        assert queue.policy["max-length"] > 0, queue.name
        assert queue.policy["max-length-bytes"] > 0, queue.name
        assert queue.policy["overflow"] in ("reject-publish", "drop-head"), queue.name


def test_no_exchange_binds_a_refusing_queue_beside_a_dropping_one() -> None:
    overflows: dict[str, set[str]] = {}
    for queue in TABLE.queues:
        for binding in queue.bindings:
            if not binding.exchange.startswith("dead."):
                overflows.setdefault(binding.exchange, set()).add(queue.policy["overflow"])
    # `command` leads to two queues, but each key to one.
    assert {name: o for name, o in overflows.items() if len(o) > 1} == {}


def test_at_least_once_dead_lettering_has_the_overflow_that_it_needs() -> None:
    for queue in TABLE.queues:
        if queue.policy.get("dead-letter-strategy") == "at-least-once":
            assert queue.policy["overflow"] == "reject-publish", queue.name


def test_policies_match_their_queues_and_only_them() -> None:

    for queue in TABLE.queues:
        matching = [p for p in TABLE.policies if p.apply_to == "queues" and re.search(p.pattern, queue.name)]
        assert [p.definition for p in matching] == [queue.policy], queue.name
    assert all(p.name.startswith(POLICY_PREFIX) for p in TABLE.policies)


def test_dead_letters_are_kept_from_being_destroyed_by_looking() -> None:
    for name in DEAD_QUEUES:
        queue = TABLE.queue(name)
        assert queue is not None
        assert queue.arguments == {"x-delivery-limit": 1_000_000}


def test_every_consumed_queue_has_somewhere_for_what_cannot_be_handled() -> None:
    exchanges = {e.name for e in TABLE.exchanges}
    rights = {r.role: r for r in RIGHTS}

    for queue in TABLE.queues:
        if queue.consumer and queue.name != "dead.index":
            assert dead_exchange_of(queue.name) in exchanges
            assert re.search(rights[queue.consumer].write, dead_exchange_of(queue.name)), queue.name
            assert re.search(rights[queue.consumer].read, queue.name), queue.name
        if has_ladder(queue.name):
            for (name, _), role in itertools.product(LADDER, [queue.consumer or ""]):
                assert re.search(rights[role].write, name)


def test_every_role_has_rights_and_only_the_topology_step_may_configure_queues() -> None:
    assert {r.role for r in RIGHTS} == set(ROLES)

    for rights in RIGHTS:
        assert not any(re.search(rights.configure, q.name) for q in TABLE.queues), rights.role


def test_ranks_order_the_states() -> None:
    assert min(PollState, key=lambda s: RANK[s]) is PollState.PENDING
    assert max(PollState, key=lambda s: RANK[s]) is PollState.DONE
    assert RANK[PollState.FAILED] > RANK[PollState.DEAD] == RANK[PollState.EXPIRED] == RANK[PollState.REFUSED]
    assert PollState.IN_PROGRESS not in ENDED


def test_errors_of_libraries_have_verdicts_too() -> None:
    assert verdict_of(TimeoutError()) is Verdict.RETRY
    assert verdict_of(ConnectionResetError()) is Verdict.RETRY
    assert verdict_of(ZeroDivisionError()) is Verdict.PARK
