"""The proxy and the patience that other tests lean on."""

import asyncio

import pytest

from tests.support import TcpProxy, eventually


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
    writer.close()


async def test_the_proxy_passes_stalls_and_cuts() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, TcpProxy(server.sockets[0].getsockname()[1]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"

        proxy.stall()
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting := asyncio.ensure_future(reader.readexactly(3))), 0.2)
        await proxy.resume()
        assert await waiting == b"two"

        await proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()

        await proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        await proxy.resume()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"three")
        assert await reader.readexactly(5) == b"three"
        writer.close()


async def test_patience_ends_with_the_last_value() -> None:
    values = iter([0, 0, 7])
    assert await eventually(lambda: next(values)) == 7
    with pytest.raises(AssertionError, match=r"the moon did not come true in 0 s; last: 0"):
        await eventually(lambda: 0, 0, "the moon")
