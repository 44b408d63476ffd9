"""The fixtures of every test folder; tests/conftest.py makes them known."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.broker import BrokerHandle, VirtualHost
from tests.support.collector import Bench, bench, lay_topology
from tests.support.process import ServiceProcess

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerHandle]:
    """The run's one broker: ours, or the one that PRINTSWEEP_TEST_AMQP_URL names. Use `vhost`; do not stop it."""
    handle = BrokerHandle.named() or BrokerHandle.private(tmp_path_factory.mktemp("broker"))
    yield handle
    handle.close()


@pytest.fixture
def vhost(broker: BrokerHandle) -> Iterator[VirtualHost]:
    """A fresh virtual host, deleted afterwards."""
    made = broker.new_vhost()
    yield made
    broker.delete_vhost(made)


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[BrokerHandle]:
    """A node for this test alone, which it may kill, stop and start (5 s to boot: only where faults need it)."""
    handle = BrokerHandle.private(tmp_path / "broker")
    yield handle
    handle.close()


@pytest.fixture
async def table(vhost: VirtualHost) -> AsyncIterator[Bench]:
    """All queues, and the ends of them that a collector does not hold."""
    await lay_topology(vhost)
    async with bench(vhost) as made:
        yield made


StartService = Callable[..., ServiceProcess]


@pytest.fixture
def start_service(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StartService]:
    """A function (module, environment, arguments=(), name=None) that starts a service and ends it after the test.

    What the services printed is shown where the test fails.
    """
    started: list[ServiceProcess] = []

    def start(
        module: str,
        environment: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
        name: str | None = None,
    ) -> ServiceProcess:
        process = ServiceProcess(module, tmp_path, environment, arguments, name)
        started.append(process)
        return process.start()

    yield start
    for process in reversed(started):
        process.stop()
        if process.log:
            request.node.add_report_section("call", f"log of {process.name}", process.log[-20_000:])
            print(f"--- log of {process.name} ---\n{process.log[-20_000:]}")  # noqa: T201 - shown where a test fails


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium: PRINTSWEEP_TEST_CHROMIUM, else the one on PATH."""
    named = os.environ.get("PRINTSWEEP_TEST_CHROMIUM")
    found = named or next((path for name in _CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("chromium is not installed; `./printsweep test` installs it where it can")
    return found
