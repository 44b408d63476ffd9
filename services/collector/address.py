"""A printer's address: literal, or a name that is resolved here, once, before it is checked and used."""

import asyncio
import ipaddress
import socket

from services.collector.errors import UnknownAddress
from services.collector.profiles import Address

RESOLVE_S = 5.0


async def resolve(text: str) -> Address:
    """The address. Raises UnknownAddress."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    try:
        async with asyncio.timeout(RESOLVE_S):
            found = await asyncio.get_running_loop().getaddrinfo(text, None, type=socket.SOCK_DGRAM)
        return ipaddress.ip_address(found[0][4][0])
    except (OSError, TimeoutError, UnicodeError, ValueError, IndexError) as error:
        raise UnknownAddress(f"{text[:100]!r} ({type(error).__name__}).") from error
