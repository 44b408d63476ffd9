"""The broker as a whole: can it be reached, does it hold publishers back, is one of its nodes unwell?"""

from collections.abc import Iterator

from doctor.checks.check import Check
from doctor.finding import Finding
from doctor.snapshot import NodeView, Snapshot

_MB = 1_000_000


def _unreachable(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if snapshot.broker_error is not None:
        yield check.found(
            "error",
            "broker",
            "The broker cannot be reached, so no work moves.",
            snapshot.broker_error,
            "Start RabbitMQ, or correct PRINTSWEEP_AMQP_URL and its user and password.",
        )


def _management_unreachable(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if snapshot.management_error is not None:
        yield check.found(
            "error" if snapshot.broker_error else "warning",
            "management",
            "The broker's management API does not answer, so queues, policies and alarms cannot be judged.",
            snapshot.management_error,
            "Enable the plugin rabbitmq_management, and check PRINTSWEEP_MANAGEMENT_URL, _USER and _PASSWORD.",
        )


def _status_unreachable(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    if snapshot.status_error is not None:
        yield check.found(
            "error",
            "status_api",
            "status_api does not answer, so services, sweeps and dead letters cannot be judged.",
            snapshot.status_error,
            "Start it (`printsweep up`, or `printsweep restart status_api`), and check PRINTSWEEP_API.",
        )


def _nodes(snapshot: Snapshot) -> tuple[NodeView, ...]:
    return snapshot.broker.nodes if snapshot.broker else ()


def _alarm(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for node in _nodes(snapshot):
        if node.memory_alarm:
            yield check.found(
                "error",
                f"{node.name} memory",
                f"The broker {node.name} is out of memory and holds all publishers back.",
                f"{(node.memory_used or 0) // _MB} MB used of {(node.memory_limit or 0) // _MB} MB allowed",
                "Let consumers drain its queues, give the machine more memory, or raise vm_memory_high_watermark.",
            )
        if node.disk_alarm:
            yield check.found(
                "error",
                f"{node.name} disk",
                f"The broker {node.name} is out of disk space and holds all publishers back.",
                f"{(node.disk_free or 0) // _MB} MB free, {(node.disk_limit or 0) // _MB} MB must stay free",
                "Free space on the file system of RabbitMQ's data folder.",
            )


def _node_down(check: Check, snapshot: Snapshot) -> Iterator[Finding]:
    for node in _nodes(snapshot):
        if not node.running:
            yield check.found(
                "error",
                node.name,
                f"The broker's node {node.name} is down.",
                "the cluster lists it as not running",
                "Start it. Quorum queues work on while more than half of their members are up.",
            )
        elif node.partitions:
            yield check.found(
                "error",
                node.name,
                f"The broker's node {node.name} is cut off from others of its cluster.",
                f"it does not see {', '.join(node.partitions)}",
                "Mend the network between the nodes, then restart the node that lost the others.",
            )


CHECKS = (
    Check("broker_unreachable", "The broker cannot be reached.", _unreachable),
    Check("management_unreachable", "The broker's management API does not answer.", _management_unreachable),
    Check("status_unreachable", "status_api does not answer.", _status_unreachable),
    Check("broker_alarm", "The broker holds publishers back for want of memory or disk.", _alarm),
    Check("broker_node_down", "A node of the broker is down or cut off.", _node_down),
)
