"""A TCP proxy that breaks connections as networks do: cut, stalled, refused."""

import asyncio
import contextlib
import socket
import struct
from types import TracebackType


class TcpProxy:
    """Forwards a loopback port to `host`:`port`. An async context manager; `port` is known once it is entered.

    `cut` resets every connection, `stall` lets them hang without a byte passing (new ones are accepted and hang too),
    `resume` lets everything flow again, `refuse` also closes the listening port until `resume`.
    """

    def __init__(self, target_port: int, target_host: str = "127.0.0.1") -> None:
        self._target = (target_host, target_port)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.accepted = 0

    async def __aenter__(self) -> "TcpProxy":
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stall(self) -> None:
        """From now on no byte passes, in either direction; connections stay open."""
        self._flowing.clear()

    async def resume(self) -> None:
        """Let bytes pass again, and listen again."""
        self._flowing.set()
        if self._server is None:
            await self._listen()

    async def cut(self) -> None:
        """Reset every connection that is open now."""
        for writer in list(self._writers):
            # Without it the far side sees an orderly end (FIN), not a reset.
            if (raw := writer.get_extra_info("socket")) is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self._writers.clear()

    async def refuse(self) -> None:
        """Reset every connection and accept no new one."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._writers.add(writer)
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._flowing.wait()
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(far_writer)
        try:
            await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
        finally:
            for one in (writer, far_writer):
                self._writers.discard(one)
                one.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
