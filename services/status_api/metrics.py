"""Metrics of status_api. Gauges that need the database are set when /metrics is asked."""

from prometheus_client import Counter, Gauge, Histogram

RECORDING_SECONDS = Histogram(
    "printsweep_recording_seconds",
    "One message of polls, from delivery to commit",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2),
)
POLLS_ENDED = Counter("printsweep_polls_ended_total", "Polls that ended, by state", ["state"])
HELD_BACK = Counter("printsweep_readings_quarantined_total", "Readings that were held back")
PRINTERS = Gauge("printsweep_printers", "Printers by the state of their last poll", ["state"])
PRINTERS_LOW = Gauge("printsweep_printers_low", "Printers with a supply that runs out")
SWEEP_POLLS = Gauge("printsweep_sweep_polls", "Polls of the newest sweep, by word", ["word"])
DEAD_LETTERS = Gauge("printsweep_dead_letters", "Dead letters that nobody has settled", ["queue"])
FINDINGS = Gauge("printsweep_findings", "What the doctor's checks find", ["severity"])
FINDING = Gauge("printsweep_finding", "1 for each finding that stands", ["id", "severity"])
QUEUE_READY = Gauge("printsweep_queue_ready", "Messages that wait", ["queue"])
QUEUE_UNACKED = Gauge("printsweep_queue_unacked", "Messages that are being handled", ["queue"])
QUEUE_CONSUMERS = Gauge("printsweep_queue_consumers", "Consumers", ["queue"])
LAST_SLOT = Gauge("printsweep_last_slot_timestamp_seconds", "When the scheduler's last slot fired")
SERVICES_MISSING = Gauge("printsweep_services_missing", "Roles without a beat", ["role"])
