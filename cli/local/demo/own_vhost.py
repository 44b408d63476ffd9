"""A virtual host of the demo's own on a broker that somebody named: nothing of his is touched."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote, urlsplit

from cli.local.topology import BrokerAccess
from shared.broker.link import amqp_url
from shared.errors import PrintsweepError
from shared.management import Management
from shared.settings import Settings

_EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


def in_own_vhost(access: BrokerAccess, settings: Settings) -> BrokerAccess:
    """The same broker, seen from a virtual host that `make` will make. All services share the login that was given."""
    name = f"printsweep-demo-{secrets.token_hex(4)}"
    secret = settings.amqp_password
    with_login = amqp_url(access.amqp_url, settings.amqp_user, secret.get_secret_value() if secret else None)
    urls = [
        urlsplit(url)._replace(path=f"/{name}", query=urlsplit(url).query).geturl()
        for url in (access.amqp_url, with_login)
    ]
    given = {"PRINTSWEEP_AMQP_URL": urls[1], "PRINTSWEEP_MANAGEMENT_URL": access.management_login}
    return replace(access, amqp_url=urls[0], given=given)


def name_of(access: BrokerAccess) -> str:
    """The name of the virtual host."""
    return unquote(urlsplit(access.amqp_url).path.removeprefix("/"))


async def make(access: BrokerAccess) -> None:
    """Make the virtual host, for the users that were given. Raises BrokerRefusesLogin, BrokerUnavailable."""
    logins = (access.management_login, access.given.get("PRINTSWEEP_AMQP_URL", ""))
    async with Management(access.management_login) as api:
        await api.put(f"vhosts/{quote(name_of(access), safe='')}", {})
        for user in {urlsplit(url).username or "guest" for url in logins}:
            await api.put(f"permissions/{quote(name_of(access), safe='')}/{user}", _EVERYTHING)


async def remove(access: BrokerAccess, say: Callable[[str], None]) -> None:
    """Remove it with all that is in it; where that fails, say so."""
    try:
        async with Management(access.management_login) as api:
            await api.delete(f"vhosts/{quote(name_of(access), safe='')}")
    except PrintsweepError as error:
        say(f"the virtual host {name_of(access)} could not be removed: {error}")
