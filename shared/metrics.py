"""The metrics that every service has. Names carry their unit; a service adds its own in its own module."""

from prometheus_client import Counter, Gauge, Histogram

HANDLED = Counter("printsweep_messages_handled_total", "Messages settled, by outcome", ["queue", "kind", "outcome"])
HANDLING_SECONDS = Histogram(
    "printsweep_message_handling_seconds",
    "From delivery to settlement",
    ["queue"],
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60),
)
IN_FLIGHT = Gauge("printsweep_messages_in_flight", "Messages that are being handled")
BROKER_UP = Gauge("printsweep_broker_up", "1 while the link is connected and set up", ["link"])
LOOP_LAG_SECONDS = Gauge("printsweep_loop_lag_seconds", "How late the event loop's last tick came")
