"""Who is asked, and how: a request's address and profile as a target, once they are seen to fit each other."""

from collections.abc import Mapping

from services.collector.address import resolve
from services.collector.errors import NotPermitted, UnknownProfile
from services.collector.plans.memo import Memo
from services.collector.profiles import Profile
from services.collector.snmp.exchange import Target
from shared.messages.polls import PollRequest

MOST_KEPT = 20_000


class Targets:
    """Targets by address, port and profile. Those of literal addresses are kept: they cannot come to mean another."""

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self._profiles = profiles
        self._kept: Memo[tuple[str, int, str], Target] = Memo(MOST_KEPT)

    async def of(self, request: PollRequest) -> Target:
        """Raises UnknownProfile, UnknownAddress, or NotPermitted where the profile is not for this address."""
        key = (request.address, request.port, request.profile)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        profile = self._profiles.get(request.profile)
        if profile is None:
            raise UnknownProfile(f"Its name is {request.profile!r}.")
        address = await resolve(request.address)
        if not profile.permits(address):
            raise NotPermitted(f"{address} is in none of the networks of the profile {request.profile!r}.")
        target = profile.target(address, request.port)
        if target.address == request.address:
            self._kept.put(key, target)
        return target
