"""`printsweep demo`: everything at once on this machine, verified value by value, and nothing left behind."""
