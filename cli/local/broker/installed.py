"""Where RabbitMQ and Erlang are on this machine."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Debian's and the project's own packages. /usr/sbin/rabbitmq-server is Debian's wrapper: it changes the user and drops
# the private environment, so it is never called.
_PACKAGE_BIN = Path("/usr/lib/rabbitmq/bin")
_WRAPPERS = {Path("/usr/sbin"), Path("/sbin")}
_HOMEBREW = tuple(Path(p) for p in ("/opt/homebrew/sbin", "/usr/local/sbin"))


@dataclass(frozen=True)
class Installed:
    """An installed RabbitMQ: its `rabbitmq-server` script and the `epmd` of the Erlang that runs it."""

    server: Path
    epmd: Path

    @property
    def path(self) -> str:
        """PATH for the node: Erlang first, then the usual folders that the start script needs."""
        return os.pathsep.join([str(self.epmd.parent), os.defpath, "/usr/local/bin", "/usr/bin", "/bin"])

    @property
    def version(self) -> str | None:
        """RabbitMQ's version as the package's folders tell it, such as "3.10.8"; None where they do not."""
        versions = re.compile(r"rabbit(?:mq_server)?-(\d+\.\d+(?:\.\d+)?)")
        # 3.x and 4.x: <home>/plugins/rabbit-VERSION; Debian names the home rabbitmq_server-VERSION as well.
        homes = [self.server.resolve().parent.parent]
        if self.server.parent == _PACKAGE_BIN:
            homes += sorted((_PACKAGE_BIN.parent / "lib").glob("rabbitmq_server-*"))
        for home in homes:
            for found in (home, *sorted((home / "plugins").glob("rabbit-[0-9]*"))):
                if match := versions.search(found.name):
                    return match[1]
        return None


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("RABBITMQ_HOME"):
        yield Path(home) / "sbin"
        yield Path(home) / "bin"
    yield _PACKAGE_BIN
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and Path(folder) not in _WRAPPERS:
            yield Path(folder)
    yield from _HOMEBREW


def _epmd() -> Path | None:
    if found := shutil.which("epmd"):
        return Path(found).absolute()
    # Erlang's own folder is not on PATH everywhere (erlang-solutions, /opt builds).
    bundled = (p for pattern in ("erts-*/bin/epmd", "bin/epmd") for p in Path("/usr/lib/erlang").glob(pattern))
    return next(bundled, None)


def find() -> Installed | None:
    """Return the installed RabbitMQ, or None. RABBITMQ_HOME wins, then Debian's folder, then PATH."""
    epmd = _epmd()
    if epmd is None:
        return None
    for folder in _candidates():
        server = folder / "rabbitmq-server"
        if server.is_file() and os.access(server, os.X_OK):
            return Installed(server.absolute(), epmd)
    return None
