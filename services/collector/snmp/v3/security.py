"""Who asks, and how it is protected: one user of the User-based Security Model (RFC 3414)."""

from dataclasses import dataclass, field
from enum import IntEnum

LEAST_PASSWORD = 8  # RFC 3414 section 11.2


class Level(IntEnum):
    """securityLevel (RFC 3411 section 5, SnmpSecurityLevel)."""

    AUTH_NO_PRIV = 2
    AUTH_PRIV = 3


@dataclass(frozen=True, slots=True)
class Security:
    """One user with its secrets, which never show in repr. `auth` and `priv` are names in protocols.py; `priv` is
    empty where nothing is encrypted. `context` is the contextName (RFC 3411 section 3.3.1)."""

    user: str
    auth: str
    auth_password: str = field(repr=False)
    priv: str = ""
    priv_password: str = field(default="", repr=False)
    context: str = ""

    @property
    def level(self) -> Level:
        """How its requests are protected."""
        return Level.AUTH_PRIV if self.priv else Level.AUTH_NO_PRIV
