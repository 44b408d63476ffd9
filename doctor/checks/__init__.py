"""The checks: one small function per fault, registered in one table. `run(snapshot)` makes them all."""

from doctor.checks.check import Check
from doctor.checks.registry import CHECKS, MAX_PER_CHECK, run

__all__ = ["CHECKS", "MAX_PER_CHECK", "Check", "run"]
