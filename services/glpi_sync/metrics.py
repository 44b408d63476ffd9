"""glpi_sync's metrics."""

from prometheus_client import Counter, Gauge, Histogram

GLPI_UP = Gauge("printsweep_glpi_up", "1 after GLPI was asked with success, 0 after it failed")
GLPI_ERRORS = Counter("printsweep_glpi_errors_total", "Requests to GLPI that failed, by situation", ["error"])
PASSES = Counter("printsweep_glpi_passes_total", "Passes that ended", ["state"])
PASS_SECONDS = Histogram(
    "printsweep_glpi_pass_seconds", "A pass that succeeded", buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)
)
CHECKED = Counter("printsweep_glpi_checked_total", "Verdicts given", ["verdict"])
VERDICTS = Gauge("printsweep_glpi_verdicts", "Printers by their last verdict", ["verdict"])
KNOWN = Gauge("printsweep_glpi_known_serials", "Printers whose serial number (or lack of one) is known")
SKIPPED = Counter("printsweep_glpi_readings_skipped_total", "Entries of polls.closed that made no sense")
