"""The table of checks, and running them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from doctor.finding import Finding
from doctor.snapshot import Snapshot

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """One registered check: its stable id, the fault in a sentence, and the function that looks for it."""

    id: str
    fault: str
    look: Callable[[Snapshot], Iterable[Finding]]


CHECKS: tuple[Check, ...] = ()


def run(snapshot: Snapshot, checks: tuple[Check, ...] | None = None) -> list[Finding]:
    """All findings, errors first, then in the table's order and by subject. A check that fails is itself a finding."""
    found: list[Finding] = []
    for check in CHECKS if checks is None else checks:
        found += _guarded(check, snapshot)
    return sorted(found, key=lambda f: f.severity != "error")


def _guarded(check: Check, snapshot: Snapshot) -> list[Finding]:
    try:
        return sorted(check.look(snapshot), key=lambda f: f.subject)
    except Exception as error:  # the border: one broken check must not silence the others
        log.exception("doctor.check_failed", check=check.id)
        return [
            Finding(
                "check_failed",
                "warning",
                check.id,
                f"The check {check.id} itself failed, so this fault cannot be ruled out: {check.fault}",
                f"{type(error).__name__}: {str(error)[:200]}",
                "Report it with the log line doctor.check_failed. The other checks were run.",
            )
        ]
