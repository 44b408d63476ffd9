"""The scheduler's metrics."""

from prometheus_client import Counter, Gauge

OPENED = Counter("printsweep_scheduler_sweeps_total", "Sweeps opened, by reason", ["reason"])
ENDED = Counter("printsweep_scheduler_polls_ended_total", "Polls that ended, by state", ["state"])
MISSED = Counter("printsweep_scheduler_missed_slots_total", "Slots that did not fire in time")
REFUSALS = Counter("printsweep_scheduler_refusals_total", "Publishes that a full queue refused", ["site", "lane"])
DROPPED = Counter("printsweep_scheduler_outbox_dropped_total", "Events dropped from a full outbox", ["kind"])
LOCK_REFUSED = Counter("printsweep_scheduler_lock_refused", "Tries for the leader's lock while another held it")
LEADER = Gauge("printsweep_scheduler_leader", "1 while this scheduler leads")
TERM = Gauge("printsweep_scheduler_term", "The term of this scheduler's leadership; 0 while it stands by")
LAST_SLOT = Gauge("printsweep_scheduler_last_slot_timestamp_seconds", "The slot that fired last")
NEXT_SLOT = Gauge("printsweep_scheduler_next_slot_timestamp_seconds", "The slot that fires next")
FIGURES = {
    "printers": Gauge("printsweep_scheduler_printers", "Printers in the inventory"),
    "enabled": Gauge("printsweep_scheduler_printers_enabled", "Enabled printers"),
    "open_sweeps": Gauge("printsweep_scheduler_open_sweeps", "Sweeps that have not closed"),
    "outstanding": Gauge("printsweep_scheduler_polls_outstanding", "Polls that have not ended"),
    "waiting_to_publish": Gauge("printsweep_scheduler_polls_waiting", "Polls that their queue has not taken yet"),
    "backed_off": Gauge("printsweep_scheduler_printers_backed_off", "Printers polled more seldom after failures"),
    "outbox": Gauge("printsweep_scheduler_outbox", "Events that wait to be published"),
}
