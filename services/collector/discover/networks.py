"""Which addresses are asked: bounded in number, and only where the profile may be used."""

import ipaddress
from collections.abc import Iterator, Sequence

from services.collector.errors import NotPermitted, WrongCall
from services.collector.profiles import Address, Network, Profile

MOST = 65_536


def networks(texts: Sequence[str]) -> list[Network]:
    """The networks, without those that lie within another. Raises WrongCall, also where they are too large."""
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError:
            raise WrongCall(f"{text[:100]!r} is no network: write 10.20.0.0/24, or one address.") from None
    merged: list[Network] = [
        *ipaddress.collapse_addresses(n for n in found if isinstance(n, ipaddress.IPv4Network)),
        *ipaddress.collapse_addresses(n for n in found if isinstance(n, ipaddress.IPv6Network)),
    ]
    total = sum(network.num_addresses for network in merged)
    if total > MOST:
        raise WrongCall(f"These are {total:,} addresses; at most {MOST:,} (a /16) are asked at once: name fewer.")
    return merged


def check_permitted(wanted: Sequence[Network], profile: Profile, name: str) -> None:
    """Raises NotPermitted where a network is not wholly among the profile's."""
    for network in wanted:
        if not any(
            network.version == permitted.version and network.subnet_of(permitted)  # type: ignore[arg-type]
            for permitted in profile.permitted_networks
        ):
            allowed = ", ".join(map(str, profile.permitted_networks))
            raise NotPermitted(f"{network} is not within the networks of the profile {name!r} ({allowed}).")


def addresses(wanted: Sequence[Network]) -> Iterator[Address]:
    """Every address that a device may have: without the network's and the broadcast address of IPv4."""
    for network in wanted:
        yield from network.hosts()
