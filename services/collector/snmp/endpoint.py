"""One unconnected UDP socket, drained, with a receive buffer as large as the kernel grants."""

import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any

RECEIVE_BUFFER = 8 * 1024 * 1024
MOST_OCTETS = 65_535
# <asm/socket.h> and <linux/sock_diag.h>: nine unsigned numbers, the last being the datagrams dropped.
SO_MEMINFO, MEMINFO = 55, struct.Struct("=9I")
SO_RCVBUFFORCE = 33  # <asm/socket.h>; beyond net.core.rmem_max, for root only

Tap = Callable[[str, bytes, tuple[str, int]], None]  # "sent" or "received", the datagram, the other side


class TappedSocket(socket.socket):
    """A socket that shows every datagram: for people who trace."""

    tap: Tap

    def sendto(self, data: Any, address: Any) -> int:  # type: ignore[override]
        """See socket.sendto."""
        self.tap("sent", bytes(data), address[:2])
        return super().sendto(data, address)

    def recvfrom(self, size: int, flags: int = 0) -> Any:
        """See socket.recvfrom."""
        data, sender = super().recvfrom(size, flags)
        self.tap("received", data, sender[:2])
        return data, sender


_tap: Tap | None = None


def tap(show: Tap | None) -> None:
    """From now on `show` sees what the sockets that are opened send and receive."""
    global _tap
    _tap = show


def _made(family: int) -> socket.socket:
    if _tap is None:
        return socket.socket(family, socket.SOCK_DGRAM)
    sock = TappedSocket(family, socket.SOCK_DGRAM)
    sock.tap = _tap
    return sock


def open_socket(family: int, wanted: int = RECEIVE_BUFFER) -> tuple[socket.socket, int]:
    """A bound, non-blocking socket and the size of its receive buffer, read back from the kernel.

    Linux tells twice what it grants, for its own bookkeeping: that is the number that counts datagrams.
    """
    sock = _made(family)
    try:
        for option in (socket.SO_RCVBUF, SO_RCVBUFFORCE):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, option, wanted)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 0))  # noqa: S104 - replies come from anywhere; each is checked against who was asked
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock, sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def dropped_by_kernel(sock: socket.socket) -> int:
    """Datagrams that found the receive buffer full, since the socket was opened; 0 where the system does not tell."""
    try:
        return int(MEMINFO.unpack(sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size))[-1])
    except (OSError, struct.error):
        return 0
