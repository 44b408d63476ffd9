"""Does the broker hold what the topology table says? Compared by what is in force, not by what somebody set."""

from collections.abc import Iterator

from doctor.checks.check import Check
from doctor.finding import Finding
from doctor.snapshot import BrokerView, Snapshot, binding_keys
from shared.topology.table import POLICY_PREFIX, Topology

_APPLY = "Run `printsweep topology apply`; `printsweep topology plan` shows beforehand what it would change."


def _both(snapshot: Snapshot) -> tuple[BrokerView, Topology] | None:
    return (snapshot.broker, snapshot.wanted) if snapshot.broker and snapshot.wanted else None


def _missing(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if both := _both(snapshot):
        view, wanted = both
        for queue in wanted.queues:
            if queue.name not in view.queues:
                who = f"{queue.consumer} cannot start to work" if queue.consumer else "messages meant for it are lost"
                yield check.found(
                    "error",
                    queue.name,
                    f"The queue {queue.name} is missing: {who}.",
                    f"{len(view.queues)} queues are there, this is not one of them",
                    _APPLY,
                )
        for exchange in wanted.exchanges:
            if exchange.name not in view.exchanges:
                yield check.found(
                    "error",
                    exchange.name,
                    f"The exchange {exchange.name} is missing: publishing to it fails.",
                    f"{len(view.exchanges)} exchanges are there, this is not one of them",
                    _APPLY,
                )


def _unbound(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if both := _both(snapshot):
        view, wanted = both
        for queue in wanted.queues:
            lost = [key for key in binding_keys(queue) if key not in view.bindings]
            if lost and queue.name in view.queues:
                yield check.found(
                    "error",
                    queue.name,
                    f"The queue {queue.name} is not bound as it must be: messages pass it by.",
                    "; ".join(f"exchange {x}, key {k!r}, arguments {a}" for x, _, k, a in lost),
                    _APPLY,
                )


def _arguments(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if both := _both(snapshot):
        view, wanted = both
        for queue in wanted.queues:
            found = view.queues.get(queue.name)
            should = {"x-queue-type": "quorum", **queue.arguments}
            if found is not None and dict(found.arguments) != should:
                yield check.found(
                    "error",
                    queue.name,
                    f"The queue {queue.name} was declared with other arguments than the table's.",
                    f"has {dict(found.arguments)}, must have {should}",
                    "Arguments of a living queue cannot change: stop its services, move its messages, delete it, "
                    "then run `printsweep topology apply`.",
                )


def _policy_missing(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if both := _both(snapshot):
        view, wanted = both
        for queue in wanted.queues:
            found = view.queues.get(queue.name)
            if found is not None and found.policy is None:
                yield check.found(
                    "error",
                    queue.name,
                    f"No policy applies to {queue.name}: nothing bounds it.",
                    f"wanted: {_shown(queue.policy)}",
                    _APPLY,
                )
        for exchange in wanted.exchanges:
            name = f"{POLICY_PREFIX}exchange.{exchange.name}"
            here = view.exchanges.get(exchange.name)
            if exchange.alternate and here is not None and here.policy != name:
                yield check.found(
                    "error",
                    exchange.name,
                    f"The exchange {exchange.name} has lost its alternate: what it cannot route is lost unseen.",
                    f"policy in force: {here.policy or 'none'}, wanted: {name}",
                    _APPLY,
                )


def _policy_different(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if both := _both(snapshot):
        view, wanted = both
        for queue in wanted.queues:
            found = view.queues.get(queue.name)
            if found is None or found.policy is None or dict(found.definition) == queue.policy:
                continue
            keys = sorted(set(found.definition) | set(queue.policy))
            wrong = ", ".join(
                f"{k} is {found.definition.get(k, 'unset')}, must be {queue.policy.get(k, 'unset')}"
                for k in keys
                if found.definition.get(k) != queue.policy.get(k)
            )
            own = found.policy.startswith(POLICY_PREFIX)
            yield check.found(
                "warning" if own else "error",
                queue.name,
                f"The limits of {queue.name} are not those of the table.",
                f"policy {found.policy}: {wrong}",
                _APPLY
                if own
                else f"The policy {found.policy} is not ours and outranks ours: remove it or lower its priority.",
            )


def _shown(definition: dict[str, object]) -> str:
    return ", ".join(f"{k}={v}" for k, v in sorted(definition.items()))


CHECKS = (
    Check("topology_missing", "A queue or an exchange of the table is missing.", _missing),
    Check("binding_missing", "A queue is not bound as the table says.", _unbound),
    Check("queue_arguments", "A queue has other arguments than the table's.", _arguments),
    Check("policy_missing", "No policy bounds a queue, or an exchange has lost its alternate.", _policy_missing),
    Check("policy_different", "The policy in force differs from the table.", _policy_different),
)
