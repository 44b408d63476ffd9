"""The standard MIBs as tables: OIDs, names of numbers, and the decoding of values."""
