"""Contracts and plumbing that at least two services use: messages, topology, broker, service skeleton."""

__version__ = "0.1.0"
