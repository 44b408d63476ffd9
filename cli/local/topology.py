"""The topology step: users, policies and queues are set before any service starts."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cli.local.broker.files import write_private
from cli.local.errors import LocalError
from cli.local.home import RunFolder
from shared.management import Management
from shared.topology.options import TopologyOptions
from shared.topology.plan import Action, apply
from shared.topology.rights import RIGHTS


@dataclass(frozen=True)
class BrokerAccess:
    """How the broker is reached. `management_login` holds the administrator's login and is never shown."""

    amqp_url: str = field(repr=False)  # of a named broker it may hold a login
    management_url: str
    management_login: str = field(repr=False)
    # role → password file; None: all services use one login.
    role_secrets: dict[str, Path] | None = None
    # The settings of every service then, where they are not the operator's own.
    given: dict[str, str] = field(default_factory=dict, repr=False)

    def environment(self, role: str) -> dict[str, str]:
        """The settings that bring one service to the broker."""
        if self.role_secrets is None:
            return self.given
        user, password = f"printsweep-{role}", str(self.role_secrets[role])
        return {
            "PRINTSWEEP_AMQP_URL": self.amqp_url,
            "PRINTSWEEP_AMQP_USER": user,
            "PRINTSWEEP_AMQP_PASSWORD_FILE": password,
            "PRINTSWEEP_MANAGEMENT_URL": self.management_url,
            "PRINTSWEEP_MANAGEMENT_USER": user,
            "PRINTSWEEP_MANAGEMENT_PASSWORD_FILE": password,
        }


def role_secrets(folder: RunFolder) -> dict[str, Path]:
    """One password file per service, made once."""
    files = {}
    for rights in RIGHTS:
        path = folder.secrets / f"amqp-{rights.role}"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        files[rights.role] = path
    return files


async def apply_topology(access: BrokerAccess, options: TopologyOptions, say: Callable[[str], None]) -> None:
    """Make the broker what the table says. Raises LocalError where something cannot be changed, BrokerUnavailable."""
    passwords = {role: path.read_text() for role, path in (access.role_secrets or {}).items()}
    vhost = unquote(urlsplit(access.amqp_url).path.removeprefix("/")) or "/"
    async with Management(access.management_login, vhost) as api:
        steps = await apply(api, replace(options, passwords=passwords))
    done = sum(step.action in (Action.CREATE, Action.CHANGE, Action.DELETE) for step in steps)
    say(f"topology: {len(steps)} objects, {done} set")
    if conflicts := [step for step in steps if step.action is Action.CONFLICT]:
        listed = "; ".join(f"{step.what} {step.name}: {step.detail}" for step in conflicts)
        raise LocalError(
            f"The broker holds objects that cannot be changed while they exist ({listed}). Move their messages and "
            "delete them, then start again; `printsweep topology plan` shows the difference."
        )
