"""Storage is bounded: what is kept for how long."""
