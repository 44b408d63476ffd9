"""How much dead printers slow the living: `python -m bench.dead`."""
