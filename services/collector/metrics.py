"""The collector's own metrics."""

from prometheus_client import Counter, Gauge, Histogram

POLLS = Counter("printsweep_collector_polls_total", "Polls ended, by state and error code", ["state", "code"])
POLL_SECONDS = Histogram(
    "printsweep_collector_poll_seconds",
    "From the first request to the finished reading",
    buckets=(0.01, 0.05, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
)
PARTIAL = Counter("printsweep_collector_partial_total", "Readings in which something is missing")
BUGS = Counter("printsweep_collector_bugs_total", "Polls that failed by an error in printsweep itself")
VENDOR_BUGS = Counter(
    "printsweep_collector_vendor_bugs_total", "Readings that lost what a vendor's module tells", ["vendor"]
)
WARM = Counter("printsweep_collector_warm_total", "Readings by a remembered plan")
COLD = Counter("printsweep_collector_cold_total", "Readings that asked for everything")
STALE = Counter("printsweep_collector_stale_plans_total", "Plans that did not fit any more, by reason", ["reason"])
PLANS = Gauge("printsweep_collector_plans", "Printers whose plan or traits are remembered")
PDUS = Counter("printsweep_collector_pdus_total", "SNMP requests sent")
TIMEOUTS = Counter("printsweep_collector_timeouts_total", "SNMP requests that got no answer in time")
NOT_SENT = Counter("printsweep_collector_not_sent_total", "SNMP requests that the kernel did not take")
REJECTED = Counter("printsweep_collector_rejected_total", "Datagrams that were not accepted, by reason", ["reason"])
OVERFLOWED = Counter("printsweep_collector_overflowed_total", "Replies that found the receive buffer full")
RECEIVE_BUFFER = Gauge("printsweep_collector_receive_buffer_bytes", "The receive buffer that the kernel granted")
WINDOW = Gauge("printsweep_collector_window", "How many SNMP requests may be in flight now")
RESULTS_WAITING = Gauge("printsweep_collector_results_waiting", "Results that the broker has not confirmed")
STARTED_DROPPED = Counter("printsweep_collector_started_dropped_total", "Polls whose start could not be told")
PAUSED = Gauge("printsweep_collector_paused", "1 while no requests are taken because results cannot be published")
SILENT = Gauge("printsweep_collector_silent", "Printers known to be silent: they are probed before they are read")
PROBES = Counter("printsweep_collector_probes_total", "Probes of printers known to be silent, by outcome", ["outcome"])
