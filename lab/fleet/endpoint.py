"""The fleet's one UDP socket: every loopback address, one port, replies from the address that was asked."""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from lab.fleet.device import Device
from lab.fleet.exchange import Exchange
from lab.fleet.flaws import FLAWS, PASSED, Source

# Numbers of <linux/in.h> and <asm/socket.h> that Python 3.11 does not name.
IP_PKTINFO = getattr(socket, "IP_PKTINFO", 8)
SO_RCVBUFFORCE = 33

BUFFER = 8 * 1024 * 1024
MOST_OCTETS = 8192
DATAGRAMS_A_TURN = 256
MOST_DELAYED = 20_000

ANCILLARY = socket.CMSG_SPACE(struct.calcsize("=I4s4s"))


@dataclass(slots=True)
class Traffic:
    """Counts of datagrams since the start."""

    received: int = 0
    sent: int = 0
    stray: int = 0
    dropped: int = 0
    delayed: int = 0
    send_errors: int = 0


def open_socket(port: int) -> socket.socket:
    """Return the bound, non-blocking socket; raises OSError when the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # Only root may go beyond net.core.rmem_max.
        for option in (socket.SO_RCVBUF, SO_RCVBUFFORCE):
            with contextlib.suppress(PermissionError):
                sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        with contextlib.suppress(PermissionError, AttributeError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
        sock.bind(("0.0.0.0", port))  # noqa: S104 - anything not for 127.0.0.0/8 is dropped below
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def packet_info(address: bytes) -> bytes:
    """Return in_pktinfo that makes a datagram leave from this address."""
    return struct.pack("=I4s4s", 0, address, address)


class Endpoint:
    """Reads datagrams while the loop runs, at most `DATAGRAMS_A_TURN` in a row, so that control stays alive."""

    def __init__(self, devices: list[Device], exchange: Exchange, port: int, slow_delay: float) -> None:
        self._by_address = {device.address: device for device in devices}
        self._exchange = exchange
        self._slow_delay = slow_delay
        self._delayed: set[asyncio.TimerHandle] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.traffic = Traffic()
        self.socket = open_socket(port)
        self.port: int = self.socket.getsockname()[1]
        self.buffer = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def start(self) -> None:
        """Begin to answer, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self.socket.fileno(), self._drain)

    def close(self) -> None:
        """Stop answering and forget the delayed replies."""
        if self._loop is not None:
            self._loop.remove_reader(self.socket.fileno())
            self._loop = None
        for handle in self._delayed:
            handle.cancel()
        self._delayed.clear()
        self.socket.close()

    def _drain(self) -> None:
        receive, devices, traffic, ask = self.socket.recvmsg, self._by_address, self.traffic, self._exchange.ask
        send = self.socket.sendmsg
        for _ in range(DATAGRAMS_A_TURN):
            try:
                data, ancillary, _flags, source = receive(MOST_OCTETS, ANCILLARY)
            except BlockingIOError:
                return
            traffic.received += 1
            device = devices.get(ancillary[0][2][8:12]) if ancillary else None
            if device is None:
                traffic.stray += 1
                continue
            device.asked.datagrams += 1
            found = ask(device, data, source)
            if found is None:
                continue
            if device.behaviour == "ok" and not device.silent_until:
                try:
                    # What came with the request names the interface and the address: the reply leaves there.
                    send((found[0],), ancillary, 0, source)
                except OSError:
                    traffic.send_errors += 1
                    continue
                traffic.sent += 1
                device.asked.answered += 1
                if found[1]:
                    device.heard_answered = True
            else:
                self._misbehave(device, found, source)

    def _misbehave(self, device: Device, found: tuple[bytes, bool], source: Source) -> None:
        if device.silent_until:
            if time.monotonic() < device.silent_until:
                self.traffic.dropped += 1
                return
            device.silent_until = 0.0
        flawed = FLAWS[device.behaviour](device, found[0])
        if flawed is None:
            self.traffic.dropped += 1
            return
        reply, address = flawed
        well = found[1] and device.behaviour in PASSED

        def deliver() -> None:
            self._send(device, reply, address, source, well)

        if device.behaviour == "slow":
            self._later(deliver)
        else:
            deliver()

    def _later(self, deliver: Callable[[], None]) -> None:
        if self._loop is None or len(self._delayed) >= MOST_DELAYED:
            self.traffic.dropped += 1
            return

        def due() -> None:
            self._delayed.discard(handle)
            deliver()

        self.traffic.delayed += 1
        handle = self._loop.call_later(self._slow_delay, due)
        self._delayed.add(handle)

    def _send(self, device: Device, reply: bytes, address: bytes, source: Source, well: bool) -> None:
        ancillary = [(socket.IPPROTO_IP, IP_PKTINFO, packet_info(address))]
        try:
            self.socket.sendmsg((reply,), ancillary, 0, source)
        except OSError:
            self.traffic.send_errors += 1
            return
        self.traffic.sent += 1
        device.asked.answered += 1
        if well:
            device.heard_answered = True
