"""Recorded printers, served as real agents, read through the whole collector and compared with what peers read.

`python -m tests.recordings.report --write` makes docs/printers.md of it. The recordings are no part of the project:
PRINTSWEEP_RECORDINGS names their folder.
"""
