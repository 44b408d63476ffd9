"""The only writer of readings, polls and sweeps."""
