"""Which broker is used: the one that was named, else a private one, else a sentence."""

from collections.abc import Callable
from dataclasses import dataclass

from cli.local.broker.files import ADMIN_USER, NodeFiles, prepare
from cli.local.broker.install import find_or_install
from cli.local.broker.installed import Installed
from cli.local.broker.ports import is_free
from cli.local.home import RunFolder
from cli.local.topology import BrokerAccess, role_secrets
from shared.broker.link import amqp_url, without_credentials
from shared.settings import Settings


@dataclass(frozen=True)
class PrivateBroker:
    """A private node that supervisor is to run."""

    files: NodeFiles
    installed: Installed

    def access(self, folder: RunFolder) -> BrokerAccess:
        """How to reach it, with a login of its own for every service."""
        login = amqp_url(self.files.management_url, ADMIN_USER, self.files.password)
        return BrokerAccess(self.files.amqp_url, self.files.management_url, login, role_secrets(folder))


def private_broker(folder: RunFolder, say: Callable[[str], None]) -> PrivateBroker:
    """Prepare a private node in the run folder, at its remembered ports where they are free.

    Raises MissingProgramError where RabbitMQ is not installed and we cannot install it.
    """
    installed = find_or_install(say)
    files = prepare(folder.broker)
    if not all(is_free(port) for port in range(files.first_port, files.first_port + 5)):
        say("the private broker's ports are taken by another program; it takes others")
        files = prepare(folder.broker, new_ports=True)
    return PrivateBroker(files, installed)


def named_broker(settings: Settings) -> BrokerAccess:
    """The broker that PRINTSWEEP_AMQP_URL and PRINTSWEEP_MANAGEMENT_URL name. It is used, never started or stopped."""
    user = settings.management_user or settings.amqp_user
    secret = settings.management_password or settings.amqp_password
    login = amqp_url(settings.management_url, user, secret.get_secret_value() if secret else None)
    return BrokerAccess(settings.amqp_url, without_credentials(settings.management_url), login)
