"""How states and verdicts are shown: label, tone and what they mean. A tone is never the only sign."""

from typing import NamedTuple


class Word(NamedTuple):
    """`tone`: ok, info, warn, bad or idle. `meaning` stands in the tooltip."""

    label: str
    tone: str
    meaning: str = ""


POLLS = {
    "NEVER": Word("Never", "idle", "Was not polled yet"),
    "PENDING": Word("Waiting", "idle", "Waits in a queue for a collector"),
    "IN_PROGRESS": Word("In progress", "info", "A collector is reading the printer"),
    "REFUSED": Word("Refused", "warn", "The queue was full, or the site has no queue"),
    "EXPIRED": Word("Expired", "warn", "Nobody took it in time"),
    "DEAD": Word("Dead", "bad", "The request became a dead letter"),
    "FAILED": Word("Failed", "bad", "The printer did not answer, or answered nonsense"),
    "DONE": Word("Done", "ok", "The printer was read"),
}
SWEEPS = {
    "open": Word("Running", "info", "Polls of this sweep are still outstanding"),
    "closed": Word("Closed", "ok", "Every poll of this sweep has ended"),
}
QUEUES = {
    "ok": Word("OK", "ok"),
    "holding": Word("Holding", "warn", "What lies here waits for a person"),
    "no_consumers": Word("No consumers", "bad", "Nobody takes from this queue"),
    "stuck": Word("Stuck", "bad", "Its consumers do not acknowledge anything"),
    "full": Word("Full", "bad", "It refuses or drops what is published"),
    "missing": Word("Missing", "bad", "The broker does not have it"),
    "unknown": Word("Unknown", "idle", "The broker did not say"),
}
SERVICES = {
    "starting": Word("Starting", "info"),
    "running": Word("Running", "ok"),
    "leader": Word("Leader", "ok", "The active scheduler"),
    "standby": Word("Standby", "idle", "Takes over when the leader goes"),
    "waiting": Word("Waiting", "warn", "Waits for the broker or for what it publishes to"),
    "stopping": Word("Stopping", "warn"),
    "stopped": Word("Stopped", "warn", "Said that it stops, and nobody took its place"),
    "silent": Word("Silent", "bad", "Its beats have stopped coming"),
    "absent": Word("Absent", "bad", "Was never heard of"),
}
VERDICTS = {
    "FOUND_SINGLE": Word("Found", "ok", "Exactly one printer in GLPI has this serial number"),
    "FOUND_MULTIPLE": Word("Several", "warn", "Several printers in GLPI have this serial number"),
    "NOT_FOUND": Word("Not found", "bad", "No printer in GLPI has this serial number"),
    "IN_TRASH": Word("In bin", "warn", "The printer lies in GLPI's bin"),
    "NO_SERIAL": Word("No serial", "idle", "The printer tells no serial number"),
    "PLACEHOLDER_SERIAL": Word("Placeholder", "warn", "The serial number is a placeholder such as 00000000"),
    "ERROR": Word("Error", "bad", "GLPI could not be asked"),
    "UNCHECKED": Word("Unchecked", "idle", "Was not matched with GLPI yet"),
}
PASSES = {
    "requested": Word("Requested", "idle", "Waits for glpi_sync"),
    "running": Word("Running", "info"),
    "done": Word("Done", "ok"),
    "failed": Word("Failed", "bad"),
}
LETTERS = {
    "dead": Word("Dead", "bad", "Waits for a person"),
    "replayed": Word("Replayed", "ok", "Was published again"),
    "discarded": Word("Discarded", "idle", "Was given up by a person"),
}
SUPPLIES = {
    "ok": Word("OK", "ok"),
    "some": Word("Some left", "ok", "The printer says that some remains, not how much"),
    "low": Word("Low", "warn"),
    "empty": Word("Empty", "bad"),
    "full": Word("Full", "bad", "This receptacle must be emptied"),
    "unknown": Word("Unknown", "idle", "The printer does not know"),
    "unlimited": Word("Unlimited", "idle", "No capacity is told for this supply"),
}
SEVERITIES = {
    "critical": Word("Critical", "bad"),
    "warning": Word("Warning", "warn"),
    "error": Word("Error", "bad"),
    "other": Word("Note", "idle"),
}
REASONS = {
    "queue_full": "the queue was full",
    "no_queue_for_site": "the site has no queue",
    "broker_unavailable": "the broker was away",
    "scheduled": "scheduled",
    "catch_up": "catches up a missed slot",
    "ordered": "ordered",
}
TABLES: dict[str, dict[str, Word]] = {
    "poll": POLLS,
    "sweep": SWEEPS,
    "queue": QUEUES,
    "service": SERVICES,
    "verdict": VERDICTS,
    "pass": PASSES,
    "letter": LETTERS,
    "supply": SUPPLIES,
    "severity": SEVERITIES,
}


def word(table: str, state: object) -> Word:
    """How `state` of this table is shown; a state that we do not know is shown as it is."""
    text = str(state or "unknown")
    known = TABLES[table]
    return known.get(text) or known.get(text.lower()) or Word(text.replace("_", " ").capitalize(), "idle")


def phrase(reason: object) -> str:
    """A reason code in words."""
    text = str(reason or "")
    return REASONS.get(text, text.replace("_", " "))
