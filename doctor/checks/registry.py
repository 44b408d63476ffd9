"""The table of all checks, and running them."""

from collections.abc import Iterable, Sequence

import structlog

from doctor.checks import broker, letters, queues, services, sweeps, topology
from doctor.checks.check import Check
from doctor.finding import Finding
from doctor.snapshot import Snapshot
from shared.errors import PrintsweepError

log = structlog.get_logger(__name__)
MAX_PER_CHECK = 50


class CheckDeclaredTwice(PrintsweepError):
    """Two checks have the same id."""


def table(*parts: Iterable[Check]) -> tuple[Check, ...]:
    """The checks of all parts in their order. Raises CheckDeclaredTwice."""
    checks: dict[str, Check] = {}
    for check in (check for part in parts for check in part):
        if check.id in checks:
            raise CheckDeclaredTwice(check.id)
        checks[check.id] = check
    return tuple(checks.values())


# In the order in which a person would mend: without a broker nothing else can be told.
CHECKS = table(broker.CHECKS, topology.CHECKS, queues.CHECKS, services.CHECKS, sweeps.CHECKS, letters.CHECKS)


def run(snapshot: Snapshot, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """All findings: errors first, then in the table's order and by subject, at most 50 of one check.

    A check that fails is itself a finding (check_failed): one that is broken must not silence the others.
    """
    found = [finding for check in checks for finding in _guarded(check, snapshot)]
    return sorted(found, key=lambda f: f.severity != "error")


def _guarded(check: Check, snapshot: Snapshot) -> list[Finding]:
    try:
        found = sorted(check.look(check, snapshot), key=lambda f: f.subject)
    except Exception as error:  # the border around one check
        log.exception("doctor.check_failed", check=check.id)
        return [
            Finding(
                "check_failed",
                "warning",
                check.id,
                f"The check {check.id} failed, so this cannot be ruled out: {check.fault}",
                f"{type(error).__name__}: {str(error)[:200]}",
                "Report it together with the log line doctor.check_failed. All other checks were made.",
            )
        ]
    if len(found) <= MAX_PER_CHECK:
        return found
    rest = Finding(
        check.id,
        found[MAX_PER_CHECK].severity,
        "more",
        f"{len(found) - MAX_PER_CHECK} more of the same.",
        ", ".join(f.subject for f in found[MAX_PER_CHECK : MAX_PER_CHECK + 10]),
        found[0].remedy,
    )
    return [*found[:MAX_PER_CHECK], rest]
