"""One entry of the table of checks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from doctor.finding import Finding, Severity
from doctor.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Check:
    """A known fault: its stable id, the fault in a sentence, and the function that looks for it.

    `look` must only read the snapshot; it yields one Finding per subject, and nothing where its half is missing.
    """

    id: str
    fault: str
    look: Callable[["Check", Snapshot], Iterable[Finding]]

    def found(self, severity: Severity, subject: str, title: str, evidence: str, remedy: str) -> Finding:
        """A finding of this check."""
        return Finding(self.id, severity, subject, title, evidence, remedy)
