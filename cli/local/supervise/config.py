"""Writes the table of programs and supervisor's configuration."""

import json
import shlex
import sys
from collections.abc import Sequence

from cli.local.broker.files import write_private
from cli.local.home import RunFolder
from cli.local.supervise.program import GROUPS, Group, Program

EXIT_MISCONFIGURED = 78  # EX_CONFIG: starting again without a change will not help

# Paths are relative: supervisor runs in the folder, whose name may hold what its INI format gives a meaning.
# What ends within a second is not "failed to start" (startsecs=0): every
# end is a restart, and the pause before it is launch's, which is bounded; supervisor's own pause grows without end.
_SUPERVISOR = """\
[supervisord]
nodaemon=true
logfile=logs/supervisord.log
logfile_maxbytes=2MB
logfile_backups=1
pidfile=supervisord.pid
umask=077

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_GROUP = """
[group:{group}]
programs={programs}
priority={priority}
"""

_PROGRAM = """
[program:{name}]
command={python} -m cli.local.supervise.launch . {name}
autostart={autostart}
autorestart=unexpected
exitcodes={exitcodes}
startsecs=0
stopsignal={stop_signal}
stopwaitsecs={stop_wait_s}
stopasgroup={whole_group}
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{name}.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=2
"""


def _escaped(text: str) -> str:
    """A word of a command in supervisor's configuration: quoted for shlex, % doubled for its expansion."""
    return shlex.quote(text).replace("%", "%%")


def render(folder: RunFolder, programs: Sequence[Program], autostart: frozenset[Group]) -> str:
    """Supervisor's configuration for these programs. Only those of the `autostart` groups start by themselves."""
    inside = folder.socket.parent == folder.folder
    text = _SUPERVISOR.format(socket=folder.socket.name if inside else str(folder.socket).replace("%", "%%"))
    for priority, group in enumerate(GROUPS, 1):
        members = [p for p in programs if p.group is group]
        if not members:
            continue
        text += _GROUP.format(group=group, programs=",".join(p.name for p in members), priority=priority)
        for program in members:
            text += _PROGRAM.format(
                name=program.name,
                python=_escaped(sys.executable),
                autostart=str(group in autostart).lower(),
                exitcodes=EXIT_MISCONFIGURED,
                stop_signal=program.stop_signal,
                stop_wait_s=program.stop_wait_s,
                whole_group=str(program.stop_signal == "KILL").lower(),
            )
    return text


def write_table(folder: RunFolder, programs: Sequence[Program]) -> None:
    """Write programs.json, readable by us alone. It is read at each start, so it may be completed later."""
    table = {
        p.name: {
            "command": list(p.command),
            "environment": dict(p.environment),
            "folder": p.folder,
            "group": p.group,
            "readiness": p.readiness,
            "kind": p.kind,
        }
        for p in programs
    }
    write_private(folder.programs, json.dumps(table))


def write(folder: RunFolder, programs: Sequence[Program], autostart: frozenset[Group]) -> None:
    """Write programs.json and supervisord.conf."""
    write_table(folder, programs)
    write_private(folder.configuration, render(folder, programs, autostart))
