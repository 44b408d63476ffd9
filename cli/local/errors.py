"""What can go wrong on the local side."""

from cli.errors import CommandError


class LocalError(CommandError):
    """Something about this machine, its processes or its broker."""


class MissingProgramError(LocalError):
    """A program that is needed is not installed, and we cannot install it here."""
