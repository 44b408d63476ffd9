"""The files that make a private node private: ports, passwords, configuration, environment; all in its own folder."""

import base64
import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.local.broker.installed import Installed
from cli.local.broker.ports import LOOPBACK, free_row

NODE_NAME = "printsweep@localhost"  # @localhost: nothing depends on the host's name, which may change or not resolve
ADMIN_USER = "printsweep"
# AMQP, management, prometheus, distribution, epmd, and five for the command line tools.
_PORTS_PER_NODE = 10
_PRIVATE = 0o600


def write_private(path: Path, text: str, mode: int = _PRIVATE) -> None:
    """Write a file that only we may read, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def password_hash(password: str) -> str:
    """Return RabbitMQ's salted SHA-256 form of a password, as definitions carry it.

    https://www.rabbitmq.com/docs/passwords: base64(salt + sha256(salt + password)), with a salt of four bytes.
    """
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


@dataclass(frozen=True)
class NodeFiles:
    """Where a private node lives and listens, and its administrator's password. Made once per folder, then read."""

    folder: Path
    first_port: int
    password: str

    @property
    def amqp_port(self) -> int:
        """The AMQP 0-9-1 port."""
        return self.first_port

    @property
    def management_port(self) -> int:
        """The port of the management API and page."""
        return self.first_port + 1

    @property
    def prometheus_port(self) -> int:
        """The port of the Prometheus plugin's /metrics."""
        return self.first_port + 2

    @property
    def epmd_port(self) -> int:
        """The port of the node's own epmd."""
        return self.first_port + 4

    @property
    def amqp_url(self) -> str:
        """The AMQP address without credentials."""
        return f"amqp://{LOOPBACK}:{self.amqp_port}/"

    @property
    def management_url(self) -> str:
        """The management address without credentials and without a closing slash."""
        return f"http://{LOOPBACK}:{self.management_port}"

    @property
    def password_file(self) -> Path:
        """The file (mode 600) that holds the administrator's password."""
        return self.folder / "password"

    def __repr__(self) -> str:
        return f"NodeFiles(folder={str(self.folder)!r}, first_port={self.first_port})"

    def environment(self, installed: Installed) -> dict[str, str]:
        """Return the node's whole environment; nothing of the caller's (RABBITMQ_*, ERL_*) goes in."""
        folder, port = self.folder, self.first_port
        return {
            "PATH": installed.path,
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            # Makes the start script exec the virtual machine, so that the process that we start is the broker itself.
            "RUNNING_UNDER_SYSTEMD": "true",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_CRASH_DUMP": str(folder / "erl_crash.dump"),
            "ERL_CRASH_DUMP_SECONDS": "2",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_NODENAME": NODE_NAME,
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(port + 3),
            "RABBITMQ_CTL_DIST_PORT_MIN": str(port + 5),
            "RABBITMQ_CTL_DIST_PORT_MAX": str(port + _PORTS_PER_NODE - 1),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            # Without it the distribution port listens on every address.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def epmd_command(self, installed: Installed) -> list[str]:
        """Return the command of the node's own epmd, in the foreground: one that the node starts would outlive it."""
        return [str(installed.epmd), "-port", str(self.epmd_port), "-address", LOOPBACK]

    def server_command(self, installed: Installed) -> list[str]:
        """Return the command of the broker itself."""
        return [str(installed.server)]


def _configuration(files: NodeFiles) -> dict[str, object]:
    return {
        "management.tcp.ip": LOOPBACK,
        "management.tcp.port": files.management_port,
        "prometheus.tcp.ip": LOOPBACK,
        "prometheus.tcp.port": files.prometheus_port,
        "load_definitions": files.folder / "definitions.json",
        "vm_memory_high_watermark.absolute": "512MB",
        "disk_free_limit.absolute": "200MB",
        "raft.wal_max_size_bytes": 32_000_000,
        # To standard output alone: whoever starts the node keeps and rotates it.
        "log.console": "true",
        "log.console.level": "info",
        "log.file": "false",
    }


def _definitions(password: str) -> dict[str, object]:
    """Users and the default virtual host; everything else is `printsweep topology apply`'s. guest is not created."""
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "users": [
            {
                "name": ADMIN_USER,
                "password_hash": password_hash(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "administrator",
            }
        ],
        "vhosts": [{"name": "/"}],
        "permissions": [{"user": ADMIN_USER, "vhost": "/", **everything}],
    }


def prepare(folder: Path, *, new_ports: bool = False) -> NodeFiles:
    """Make or complete the node's folder (mode 700) and return what is in it.

    The password, the cookie and the data stay between starts; `new_ports` takes another row of ports, for when the
    remembered one is taken by now. Raises NoFreePortsError, OSError.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "log").mkdir(exist_ok=True)
    remembered = folder / "node.json"
    if remembered.exists():
        files = NodeFiles(folder, json.loads(remembered.read_text())["first_port"], (folder / "password").read_text())
    else:
        files, new_ports = NodeFiles(folder, 0, secrets.token_urlsafe(18)), True
    if new_ports:
        files = NodeFiles(folder, free_row(_PORTS_PER_NODE), files.password)
    cookie = folder / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, secrets.token_hex(16), 0o400)
    settings = "".join(f"{key} = {value}\n" for key, value in _configuration(files).items())
    write_private(folder / "rabbitmq.conf", settings)
    write_private(folder / "enabled_plugins", "[rabbitmq_management,rabbitmq_prometheus].\n")
    write_private(folder / "definitions.json", json.dumps(_definitions(files.password)))
    write_private(files.password_file, files.password)
    known = {key: value for key, value in asdict(files).items() if key == "first_port"}
    write_private(remembered, json.dumps({**known, "amqp_url": files.amqp_url, "management_url": files.management_url}))
    return files
