import socket

from cli.local.broker.ports import LOOPBACK, free_port, free_row, is_free


def test_a_row_is_free_and_consecutive() -> None:
    first = free_row(10)
    assert all(is_free(port) for port in range(first, first + 10))


def test_a_port_that_is_listened_on_is_not_free() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_a_free_port_is_free() -> None:
    assert is_free(free_port())
