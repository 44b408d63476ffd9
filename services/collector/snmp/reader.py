"""Datagram → Reply: by the strict reader where the reply is plain, else by pysnmp, which knows every shape."""

from services.collector.snmp import decode as complete
from services.collector.snmp import fast
from services.collector.snmp.decode import Reply


def decode(data: bytes) -> Reply:
    """The message in a datagram. Raises Malformed, and nothing else."""
    try:
        return fast.decode(data)
    except fast.Unusual:
        return complete.decode(data)
