"""Keeping several processes on one machine: a table of programs, kept running by supervisor (PyPI)."""
