"""What a check says."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `id` is the check's; `subject` is what it is about (a queue, a role), so that (id, subject) is stable.

    `title` is the sentence for people, `evidence` the figures behind it, `remedy` what to do.
    """

    id: str
    severity: Severity
    subject: str
    title: str
    evidence: str
    remedy: str

    def as_json(self) -> dict[str, str]:
        """As /api/health and `printsweep doctor --json` show it."""
        return {
            "id": self.id,
            "severity": self.severity,
            "subject": self.subject,
            "title": self.title,
            "evidence": self.evidence,
            "remedy": self.remedy,
        }
