"""Where the local side keeps its things: one folder per running set of processes, with nothing of it elsewhere."""

import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.local.errors import LocalError

ROOT = Path(__file__).resolve().parents[2]
# sun_path holds 108 bytes with its closing zero (unix(7)); supervisor binds "<path>.<pid>" first.
_LONGEST_SOCKET = 107 - len(".4194304")


class AlreadyRunningError(LocalError):
    """Another command holds this folder."""


def home() -> Path:
    """The folder of all local data: PRINTSWEEP_HOME, else .printsweep beside the launcher."""
    return Path(os.environ.get("PRINTSWEEP_HOME") or ROOT / ".printsweep").absolute()


@dataclass(frozen=True)
class RunFolder:
    """The paths of one set of processes, below `folder` (mode 700)."""

    folder: Path

    def make(self) -> "RunFolder":
        """Make the folder and its parts."""
        for part in (self.folder, self.logs, self.ready, self.starts, self.secrets, self.data):
            part.mkdir(parents=True, exist_ok=True)
            part.chmod(0o700)
        return self

    @property
    def logs(self) -> Path:
        """What the programs print, rotated by supervisor."""
        return self.folder / "logs"

    @property
    def ready(self) -> Path:
        """The ready files of the programs: pid and port of each."""
        return self.folder / "ready"

    @property
    def starts(self) -> Path:
        """How often each program was started, and when."""
        return self.folder / "starts"

    @property
    def secrets(self) -> Path:
        """Passwords and tokens, one file each (mode 600)."""
        return self.folder / "secrets"

    @property
    def data(self) -> Path:
        """The services' SQLite files."""
        return self.folder / "data"

    @property
    def broker(self) -> Path:
        """The private broker's folder."""
        return self.folder / "broker"

    @property
    def programs(self) -> Path:
        """The table of programs with their commands and environments (mode 600)."""
        return self.folder / "programs.json"

    @property
    def configuration(self) -> Path:
        """Supervisor's configuration."""
        return self.folder / "supervisord.conf"

    @property
    def supervisor_log(self) -> Path:
        """Supervisor's own log."""
        return self.logs / "supervisord.log"

    @property
    def socket(self) -> Path:
        """Supervisor's socket: in the folder, or in a short private one where that path would be too long."""
        inside = self.folder / "supervisor.sock"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET:
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"printsweep-{os.geteuid()}-{digest}" / "supervisor.sock"

    def make_socket_folder(self) -> None:
        """Make the short folder, where one is needed. Raises LocalError where somebody else made it before us."""
        short = self.socket.parent
        if short == self.folder:
            return
        with contextlib.suppress(FileExistsError):
            short.mkdir(mode=0o700)
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise LocalError(
                f"{short} is not a private folder of ours. Remove it, or give PRINTSWEEP_HOME a short one."
            )

    def forget_socket(self) -> None:
        """Remove what supervisor left of its socket."""
        short = self.socket.parent
        for left in short.glob(f"{self.socket.name}*"):
            left.unlink(missing_ok=True)
        if short != self.folder:
            with contextlib.suppress(OSError):
                short.rmdir()

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the folder while processes are started or stopped. Raises AlreadyRunningError at once."""
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise AlreadyRunningError(f"Another printsweep command is at work in {self.folder}.") from None
            yield
