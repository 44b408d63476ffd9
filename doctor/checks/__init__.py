"""The checks, one small function per fault, in registered tables."""

from doctor.checks.registry import CHECKS, Check, run

__all__ = ["CHECKS", "Check", "run"]
