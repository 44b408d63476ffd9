"""The in-flight window and the receive buffer, which bounds it."""

import asyncio
import socket

from services.collector.snmp.endpoint import dropped_by_kernel, open_socket
from services.collector.snmp.window import FIRST, LEAST, OCTETS_A_REPLY, Window


async def test_no_more_are_in_flight_than_the_buffer_holds() -> None:
    window = Window(20 * OCTETS_A_REPLY)
    assert (window.most, int(window.size)) == (20, 20)
    gate = asyncio.Event()

    async def one() -> None:
        async with window:
            await gate.wait()

    tasks = [asyncio.create_task(one()) for _ in range(50)]
    await asyncio.sleep(0)
    assert window.in_flight == 20
    tasks[0].cancel()
    tasks[30].cancel()  # one that waits
    gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert window.in_flight == 0


def test_the_window_halves_once_a_turn_and_grows_back() -> None:
    window = Window(100_000_000)
    for _ in range(FIRST):
        window.answered()
    before = window.size
    window.overflowed()
    window.overflowed()
    assert window.size == before / 2
    for _ in range(40):
        for _ in range(int(window.size) + 1):
            window.answered()
        window.overflowed()
    assert window.size == LEAST
    for _ in range(200):
        window.answered()
    assert window.size > LEAST + 8


def test_the_granted_buffer_is_read_back_and_overflow_is_seen() -> None:
    sock, granted = open_socket(socket.AF_INET, 65_536)
    with sock, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        assert granted == sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) > 0
        assert dropped_by_kernel(sock) == 0
        for _ in range(2000):
            sender.sendto(bytes(1400), ("127.0.0.1", sock.getsockname()[1]))
        assert dropped_by_kernel(sock) > 1000
