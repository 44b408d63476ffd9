"""Datagram → Reply: by the strict reader where the reply is plain, else by pysnmp, which knows every shape."""

from services.collector.snmp import decode as complete
from services.collector.snmp import fast
from services.collector.snmp.decode import Reply


def head_of(data: bytes) -> fast.Frame | None:
    """The head of a plain response; None for everything else."""
    try:
        return fast.frame(data)
    except fast.Unusual:
        return None


def decode(data: bytes) -> Reply:
    """The message in a datagram. Raises Malformed, and nothing else."""
    head = head_of(data)
    return complete.decode(data) if head is None else decode_rest(data, head)


def decode_rest(data: bytes, head: fast.Frame) -> Reply:
    """The message in a datagram whose head has been read. Raises Malformed, and nothing else."""
    try:
        return fast.rest(data, head)
    except fast.Unusual:
        return complete.decode(data)
