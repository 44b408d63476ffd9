"""The floor: a bare UDP echo in the same kind of loop as the fleet's, one wildcard socket, packet info and all."""

import asyncio
import sys

import uvloop

from lab.fleet.endpoint import ANCILLARY, DATAGRAMS_A_TURN, MOST_OCTETS, open_socket


async def serve() -> None:
    sock = open_socket(0)
    receive, send = sock.recvmsg, sock.sendmsg

    def drain() -> None:
        for _ in range(DATAGRAMS_A_TURN):
            try:
                data, ancillary, _flags, source = receive(MOST_OCTETS, ANCILLARY)
            except BlockingIOError:
                return
            send((data,), ancillary, 0, source)

    loop = asyncio.get_running_loop()
    loop.add_reader(sock.fileno(), drain)
    # Ends with its parent: standard input is a pipe that closes then.
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    print(sock.getsockname()[1], flush=True)
    await ended.wait()


if __name__ == "__main__":
    uvloop.run(serve())
