"""Free TCP ports on loopback, in a row, for a private broker."""

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"
# Below Linux' ephemeral range (32768-60999), so that no outgoing connection takes a port between our look and our use.
FIRST, LAST = 20_000, 32_000
_TRIES = 200


class NoFreePortsError(RuntimeError):
    """No row of free ports was found on loopback."""


def is_free(port: int) -> bool:
    """Say whether nothing listens on this loopback port and we may bind it."""
    with socket.socket() as probe:
        # What a server does too: connections in TIME_WAIT must not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_row(count: int) -> int:
    """Return the first of `count` consecutive free loopback ports.

    Random, so that two nodes that start at the same moment hardly ever meet; the node tries again where they do.
    Raises NoFreePortsError.
    """
    for _ in range(_TRIES):
        first = random.randrange(FIRST, LAST - count)
        with ExitStack() as held:
            try:
                for port in range(first, first + count):
                    probe = held.enter_context(socket.socket())
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((LOOPBACK, port))
            except OSError:
                continue
        return first
    raise NoFreePortsError(f"No {count} consecutive free TCP ports between {FIRST} and {LAST} on {LOOPBACK}.")


def free_port() -> int:
    """Return one free loopback port from the system's ephemeral range."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
