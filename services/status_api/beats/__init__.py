"""Which services live."""
