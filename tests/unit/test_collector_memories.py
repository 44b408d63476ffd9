"""What is remembered of how printers want to be asked is bounded, fades, and is not pushed out by the dead."""

import pytest

from services.collector.plans import plans as module
from services.collector.plans.layout import Layout
from services.collector.plans.plan import Plan
from services.collector.plans.plans import Key, Plans
from services.collector.read import traits
from services.collector.read.traits import MOST_ABSENT, Memory, Traits
from services.collector.snmp.exchange import V1, V2C


def key(n: int) -> Key:
    return f"printer-{n}", 161, V2C


def plan() -> Plan:
    return Plan(Layout((), (), (), ()), "hp", b"", (), None, "S1", 1.6e9)


def test_the_dead_push_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BEGUN", 50)
    plans = Plans(most=100)
    for n in range(100):
        plans.traits(key(n))
        plans.put(key(n), plan())
    for n in range(100, 5000):
        plans.traits(key(n))
    assert len(plans) == 100
    assert all(plans.get(key(n)) is not None for n in range(100))
    assert len(plans._begun) == 50


def test_what_was_learned_before_the_first_answer_stays_with_the_printer() -> None:
    plans = Plans()
    for number, keep in enumerate((lambda k: plans.put(k, plan()), plans.forget)):
        begun = plans.traits(key(number))
        begun.note_limit(5)
        assert plans.traits(key(number)) is begun, "one and the same, for as long as it has not answered"
        keep(key(number))
        assert plans.traits(key(number)) is begun
    assert len(plans) == 2, "that which answers and can have no plan too"
    assert not plans._begun


def test_who_has_no_plan_is_pushed_out_by_age_as_well() -> None:
    plans = Plans(most=10)
    for n in range(1000):
        plans.forget(key(n))
    assert len(plans) == 10
    assert plans.entry(key(999)) is not None
    assert plans.entry(key(0)) is None


def test_traits_fade(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = Plans()
    begun, known = plans.traits(key(1)), plans.traits(key(2))
    plans.forget(key(2))
    monkeypatch.setattr(module, "KEEP_S", -1.0)
    assert plans.traits(key(1)) is not begun
    assert plans.traits(key(2)) is not known


def test_the_memory_of_single_readings_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(most=10)
    first = memory.of("printer-0", 161, V1)
    for n in range(1, 10):
        memory.of(f"printer-{n}", 161, V1)
    assert memory.of("printer-0", 161, V1) is first
    for n in range(10, 19):
        memory.of(f"printer-{n}", 161, V1)
    assert len(memory._kept) == 10
    assert memory.of("printer-0", 161, V1) is first, "what is used stays longest"
    monkeypatch.setattr(traits, "KEEP_S", -1.0)
    assert memory.of("printer-0", 161, V1) is not first


def test_the_names_that_a_v1_agent_has_not_are_bounded() -> None:
    one = Traits()
    for n in range(3 * MOST_ABSENT):
        one.note_absent((1, 3, 6, 1, n))
    assert len(one.absent) == MOST_ABSENT
