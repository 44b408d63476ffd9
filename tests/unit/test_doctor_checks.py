"""Every check finds its fault in a snapshot that has it, and nothing in a healthy one."""

from dataclasses import replace

import pytest

from doctor.checks import CHECKS, MAX_PER_CHECK, Check, run
from doctor.checks.registry import CheckDeclaredTwice, table
from doctor.finding import Finding
from doctor.snapshot import (
    DeadGroup,
    DiskView,
    ExchangeView,
    NodeView,
    QueueView,
    Snapshot,
    SweepView,
)
from tests.support.snapshots import INTERVAL_S, NOW, WANTED, ago, beat, broker, healthy, others, queue, status, without

H = healthy()
assert H.broker is not None
B = H.broker
OPEN = SweepView("s2", state="open", planned=20_000, requested=10_000, waiting=10_000)
REFUSED = SweepView(
    "s2", state="closed", planned=100, requested=60, done=60, refused=40, refused_reasons={"queue_full": 40}
)
FULL = {"ready": 10_000, "consumers": 0}

# (id, severity, subject, part of title or evidence, snapshot)
FAULTS: tuple[tuple[str, str, str, str, Snapshot], ...] = (
    ("broker_unreachable", "error", "broker", "refused", replace(H, broker=None, broker_error="connection refused")),
    ("management_unreachable", "warning", "management", "timeout", replace(H, broker=None, management_error="timeout")),
    ("status_unreachable", "error", "status_api", "refused", replace(H, status=None, status_error="refused")),
    ("broker_alarm", "error", "n1 memory", "out of memory", broker(H, nodes=(NodeView("n1", memory_alarm=True),))),
    ("broker_alarm", "error", "n1 disk", "disk space", broker(H, nodes=(NodeView("n1", disk_alarm=True),))),
    ("broker_node_down", "error", "n1", "is down", broker(H, nodes=(NodeView("n1", running=False),))),
    ("broker_node_down", "error", "n1", "cut off", broker(H, nodes=(NodeView("n1", partitions=("n2",)),))),
    ("topology_missing", "error", "glpi.request", "is missing", broker(H, queues=without(B.queues, "glpi.request"))),
    ("topology_missing", "error", "events", "is missing", broker(H, exchanges=without(B.exchanges, "events"))),
    (
        "binding_missing",
        "error",
        "status.record",
        "record",
        broker(H, bindings=frozenset(b for b in B.bindings if b[1] != "status.record")),
    ),
    (
        "queue_arguments",
        "error",
        "glpi.request",
        "classic",
        queue(H, "glpi.request", arguments={"x-queue-type": "classic"}),
    ),
    ("policy_missing", "error", "dead.glpi", "No policy", queue(H, "dead.glpi", policy=None, definition={})),
    (
        "policy_missing",
        "error",
        "record",
        "alternate",
        broker(H, exchanges={**B.exchanges, "record": ExchangeView("record", "topic")}),
    ),
    (
        "policy_different",
        "warning",
        "poll.main.urgent",
        "max-length is 5, must be 10000",
        queue(H, "poll.main.urgent", definition={**B.queues["poll.main.urgent"].definition, "max-length": 5}),
    ),
    (
        "policy_different",
        "error",
        "poll.main.urgent",
        "overriding",
        queue(H, "poll.main.urgent", policy="overriding", definition={"max-length": 5}),
    ),
    ("queue_no_consumers", "error", "glpi.readings", "Nobody consumes", queue(H, "glpi.readings", consumers=0)),
    (
        "queue_no_consumers",
        "error",
        "poll.main.routine",
        "7 messages wait",
        queue(H, "poll.main.routine", consumers=0, ready=7),
    ),
    (
        "queue_no_acks",
        "warning",
        "poll.main.routine",
        "acknowledge none",
        queue(H, "poll.main.routine", unacked=500, ready=1000, acks=9, stalled_s=15),
    ),
    (
        "queue_no_acks",
        "error",
        "poll.main.routine",
        "acknowledge none",
        queue(H, "poll.main.routine", unacked=500, acks=9, stalled_s=80),
    ),
    ("queue_no_acks", "error", "status.record", "hold 3 messages", queue(H, "status.record", unacked=3, stalled_s=35)),
    ("queue_full", "error", "poll.main.routine", "refused", queue(H, "poll.main.routine", ready=10_000)),
    ("queue_full", "warning", "poll.main.routine", "81% full", queue(H, "poll.main.routine", ready=8100)),
    ("queue_full", "warning", "dead.poll", "discarded", queue(H, "dead.poll", ready=51_000)),
    ("queue_unwell", "error", "status.record", "minority", queue(H, "status.record", state="minority")),
    (
        "queue_redelivers",
        "warning",
        "poll.main.urgent",
        "again and again",
        queue(H, "poll.main.urgent", redelivered=90, redelivered_before=10, acks=5, acks_before=5),
    ),
    ("service_missing", "error", "glpi_sync", "no beat", status(H, beats=others("glpi_sync"))),
    (
        "service_missing",
        "error",
        "collector",
        "60 s ago",
        status(H, beats=others("collector", beat("collector", age_s=60))),
    ),
    (
        "service_missing",
        "error",
        "collector",
        "which was stopped",
        status(H, beats=others("collector", beat("collector", state="stopped"))),
    ),
    (
        "service_missing",
        "warning",
        "collector b",
        "silent",
        status(H, beats=others("collector", beat("collector"), beat("collector", instance="b", age_s=40))),
    ),
    (
        "service_frozen",
        "error",
        "collector collector-1",
        "gets nothing done",
        status(
            queue(H, "poll.main.routine", ready=50, unacked=9, waiting_s=100),
            beats=others("collector", beat("collector", last_progress_at=ago(100), in_flight=9)),
        ),
    ),
    (
        "collector_paused",
        "error",
        "collector collector-1",
        "99 results wait",
        status(H, beats=others("collector", beat("collector", detail={"paused": True, "results_waiting": 99}))),
    ),
    (
        "scheduler_leader",
        "error",
        "scheduler",
        "2 schedulers",
        status(H, beats=others("scheduler", beat("scheduler"), beat("scheduler", instance="b"))),
    ),
    (
        "scheduler_leader",
        "error",
        "scheduler",
        "2 schedulers",
        status(
            H,
            beats=others(
                "scheduler",
                beat("scheduler", age_s=1.0, detail={"term": 3}),
                beat("scheduler", instance="b", age_s=4.0, detail={"term": 4}),
            ),
        ),
    ),
    (
        "scheduler_leader",
        "error",
        "scheduler",
        "none leads",
        status(H, beats=others("scheduler", beat("scheduler", state="standby"))),
    ),
    (
        "versions_differ",
        "warning",
        "versions",
        "2: collector",
        status(H, beats=others("collector", beat("collector", version="2"))),
    ),
    (
        "clock_skew",
        "warning",
        "collector collector-1",
        "120 s behind",
        status(H, beats=others("collector", beat("collector", skew_s=-120.0))),
    ),
    (
        "glpi_error",
        "warning",
        "glpi_sync-1",
        "maintenance",
        status(H, beats=others("glpi_sync", beat("glpi_sync", detail={"glpi_error": "in maintenance"}))),
    ),
    ("disk_full", "warning", "data", "nearly full", status(H, disks=(DiskView("data", 900_000_000, 10**11),))),
    ("disk_full", "error", "data", "nearly full", status(H, disks=(DiskView("data", 100_000_000, 10**11),))),
    ("no_slot", "error", "slots", "121 minutes", status(H, last_slot_at=ago(2 * INTERVAL_S + 60))),
    (
        "no_slot",
        "error",
        "slots",
        "none has since",
        status(H, last_slot_at=None, beats=others("scheduler", beat("scheduler", started_at=ago(2 * INTERVAL_S + 60)))),
    ),
    ("sweep_refused", "error", "sweep queue_full", "40 of 100", status(H, sweep=REFUSED)),
    (
        "sweep_refused",
        "error",
        "sweep queue_full",
        "poll.main.routine holds 10,000 of 10,000 with 0 consumers",
        queue(status(H, sweep=REFUSED), "poll.main.routine", **FULL),
    ),
    (
        "sweep_refused",
        "error",
        "sweep no_queue_for_site",
        "PRINTSWEEP_SITES",
        status(H, sweep=replace(REFUSED, refused_reasons={"no_queue_for_site": 40})),
    ),
    ("sweep_waiting", "warning", "sweep", "10,000 polls", queue(status(H, sweep=OPEN), "poll.main.routine", **FULL)),
    ("sweep_lost", "warning", "sweep expired", "3 polls", status(H, sweep=replace(REFUSED, refused=0, expired=3))),
    ("sweep_lost", "warning", "sweep dead", "2 polls", status(H, sweep=replace(REFUSED, refused=0, dead=2))),
    (
        "dead_letters",
        "warning",
        "dead.poll",
        "5 × poll.request: NotPermitted",
        status(H, dead=(DeadGroup("dead.poll", "poll.request", "parked", "NotPermitted", 5),)),
    ),
    ("dead_letters", "warning", "dead.glpi", "4 dead letters", queue(H, "dead.glpi", ready=4)),
    (
        "unknown_kind",
        "error",
        "dead.record",
        "kinds: x.y",
        status(H, dead=(DeadGroup("dead.record", "x.y", "parked", "UnknownKind", 1),)),
    ),
    ("unroutable", "warning", "unroutable", "6 events", queue(H, "unroutable", ready=6)),
)


def test_a_healthy_system_has_no_findings() -> None:
    assert run(H) == []


@pytest.mark.parametrize(
    ("check", "severity", "subject", "said", "snapshot"), FAULTS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_the_fault_is_found(check: str, severity: str, subject: str, said: str, snapshot: Snapshot) -> None:
    found = [f for f in run(snapshot) if (f.id, f.subject) == (check, subject)]
    assert [f.severity for f in found] == [severity], run(snapshot)
    text = f"{found[0].title} {found[0].evidence} {found[0].remedy}"
    assert said in text
    assert found[0].title.endswith(".")
    assert found[0].remedy.endswith(".")
    assert found[0].evidence


def test_every_check_has_a_fault_that_shows_it() -> None:
    assert {check.id for check in CHECKS} == {row[0] for row in FAULTS}


QUIET: tuple[tuple[str, str, Snapshot], ...] = (
    ("a slow printer at the end of a sweep", "queue_no_acks", queue(H, "poll.main.routine", unacked=3, stalled_s=50)),
    ("a GLPI pass is one long message", "queue_no_acks", queue(H, "glpi.request", unacked=1, stalled_s=120)),
    (
        "a killed leader's last beat is still young",
        "scheduler_leader",
        status(
            H,
            beats=others(
                "scheduler",
                beat("scheduler", age_s=6.0, detail={"term": 3}),
                beat("scheduler", instance="b", age_s=1.0, detail={"term": 4}),
            ),
        ),
    ),
    ("beats have only just been listened to", "service_missing", status(H, beats=(), listening_s=5.0)),
    (
        "work that has only just come after an idle hour",
        "service_frozen",
        status(
            queue(H, "poll.main.routine", ready=50, waiting_s=5),
            beats=others("collector", beat("collector", last_progress_at=ago(3600), in_flight=9)),
        ),
    ),
    (
        "an idle collector beside a busy one serves another site",
        "service_frozen",
        status(
            queue(H, "poll.main.routine", ready=50, waiting_s=100),
            beats=others(
                "collector",
                beat("collector", in_flight=5),
                beat("collector", instance="b", last_progress_at=ago(900)),
            ),
        ),
    ),
    (
        "no printers: no slot is due",
        "no_slot",
        status(H, last_slot_at=ago(9e6), beats=others("scheduler", beat("scheduler", detail={"printers": 0}))),
    ),
    (
        "the calendar has one slot a day",
        "no_slot",
        status(
            H,
            last_slot_at=ago(20 * 3600),
            beats=others("scheduler", beat("scheduler", detail={"next_slot_at": ago(-4 * 3600).isoformat()})),
        ),
    ),
    ("expiry is evidence, not a fault of a message", "dead_letters", queue(H, "expired.poll", ready=9)),
    (
        "a large disk with little free in per cent",
        "disk_full",
        status(H, disks=(DiskView("data", 90_000_000_000, 10**13),)),
    ),
)


@pytest.mark.parametrize(("check", "snapshot"), [row[1:] for row in QUIET], ids=[row[0] for row in QUIET])
def test_what_is_no_fault_is_not_said(check: str, snapshot: Snapshot) -> None:
    assert [f for f in run(snapshot) if f.id == check] == []


def test_a_queue_of_a_site_that_the_settings_do_not_name_is_watched_too() -> None:
    snapshot = broker(H, queues={**B.queues, "poll.annex.routine": QueueView("poll.annex.routine", ready=5)})
    found = [f for f in run(snapshot) if f.id == "queue_no_consumers"]
    assert [f.subject for f in found] == ["poll.annex.routine"]
    assert "site annex" in found[0].title


def test_with_neither_half_only_the_reasons_are_said() -> None:
    nothing = Snapshot(NOW, broker_error="a", management_error="b", status_error="c", wanted=WANTED)
    assert [f.id for f in run(nothing)] == ["broker_unreachable", "management_unreachable", "status_unreachable"]


def test_a_check_that_fails_is_a_finding_and_the_others_are_made() -> None:
    def broken(_check: Check, _snapshot: Snapshot) -> list[Finding]:
        raise ZeroDivisionError("oops")

    found = run(queue(H, "dead.glpi", ready=4), (Check("broken", "Something is wrong.", broken), *CHECKS))
    assert [f.id for f in found] == ["check_failed", "dead_letters"]
    assert "Something is wrong." in found[0].title
    assert "ZeroDivisionError" in found[0].evidence


def test_errors_come_first_and_the_order_does_not_change() -> None:
    snapshot = queue(queue(H, "dead.glpi", ready=4), "status.beats", consumers=0)
    found = run(snapshot)
    assert [f.severity for f in found] == ["error", "warning"]
    assert found == run(snapshot)


def test_a_flood_of_one_finding_is_cut() -> None:
    many = {f"poll.s{n:03}.routine": QueueView(f"poll.s{n:03}.routine", ready=1) for n in range(200)}
    found = [f for f in run(broker(H, queues={**B.queues, **many})) if f.id == "queue_no_consumers"]
    assert len(found) == MAX_PER_CHECK + 1
    assert found[-1].title.startswith("150 more")


def test_a_check_declared_twice_is_refused() -> None:
    with pytest.raises(CheckDeclaredTwice):
        table(CHECKS, CHECKS[:1])
