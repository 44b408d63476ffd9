"""How the commands that look at the broker itself reach it."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cli.local.broker.access import named_broker
from cli.local.settings import LocalSettings
from cli.operator.here import here
from shared.broker.link import amqp_url
from shared.topology.options import TopologyOptions


@dataclass(frozen=True, slots=True)
class Broker:
    """Addresses with logins (never shown), the virtual host, and the limits and sites that the table is made for."""

    amqp: str = field(repr=False)
    management: str = field(repr=False)
    vhost: str
    options: TopologyOptions
    passwords_dir: Path | None = None  # PRINTSWEEP_LOCAL_PASSWORDS_DIR


def broker() -> Broker:
    """The broker that the settings name, else the private one that `up` or `demo` runs here, else the defaults.

    Raises SettingsInvalid.
    """
    settings = LocalSettings.load()
    named = "amqp_url" in settings.model_fields_set or "management_url" in settings.model_fields_set
    running = None if named else here()
    if running and running.amqp and running.management:
        given = {name.removeprefix("PRINTSWEEP_").lower(): value for name, value in running.limits.items()}
        return Broker(
            running.amqp,
            running.management,
            "/",
            LocalSettings.load(**given).topology_options(),
            settings.local_passwords_dir,
        )
    access = named_broker(settings)
    secret = settings.amqp_password.get_secret_value() if settings.amqp_password else None
    return Broker(
        amqp_url(settings.amqp_url, settings.amqp_user, secret),
        access.management_login,
        vhost_of(settings.amqp_url),
        settings.topology_options(),
        settings.local_passwords_dir,
    )


def vhost_of(url: str) -> str:
    """The virtual host that an AMQP address names (https://www.rabbitmq.com/docs/uri-spec)."""
    return unquote(urlsplit(url).path.removeprefix("/")) or "/"
