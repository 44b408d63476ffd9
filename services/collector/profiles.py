"""SNMP profiles: named credentials and limits, from a file that only collectors have.

TOML or JSON (by the file's ending):

    [profiles.default]
    version = "2c"                      # "1", "2c" or "3"
    community_file = "snmp-community"   # or community = "…"; relative to this file
    timeout_s = 2.0                     # for each attempt
    retries = 1
    permitted_networks = ["10.20.0.0/16"]

    [profiles.secure]
    version = "3"
    user = "printsweep"
    level = "authPriv"                  # or "authNoPriv"
    auth = {protocol = "SHA-256", password_file = "snmp-auth"}
    priv = {protocol = "AES-128", password_file = "snmp-priv"}
    context = ""                        # contextName, for the few devices that have several
    permitted_networks = ["10.21.0.0/16"]

`auth` knows MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512; `priv` knows DES, AES-128, AES-192, AES-256, and the last
two with Reeder's keys (AES-192-Reeder, AES-256-Reeder: Cisco's way).

`permitted_networks` has no default: a message on the broker must not be able to carry credentials to a stranger.
"""

import ipaddress
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from services.collector.errors import ProfilesInvalid
from services.collector.snmp.exchange import V1, V2C, V3, Target
from services.collector.snmp.v3.protocols import AUTH, PRIV
from services.collector.snmp.v3.security import LEAST_PASSWORD, Security
from shared.words import PROFILE_PATTERN

_MOST_OCTETS = 1_000_000
_VERSIONS = {"1": V1, "2c": V2C, "3": V3}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Secret(BaseModel):
    """`auth` or `priv` of SNMPv3."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    protocol: str
    password: SecretStr

    @field_validator("password")
    @classmethod
    def _sane(cls, value: SecretStr) -> SecretStr:
        if not LEAST_PASSWORD <= len(value.get_secret_value().encode()) <= 255:
            raise ValueError(f"must have {LEAST_PASSWORD} to 255 octets")
        return value


class Profile(BaseModel):
    """One profile. No secret ever shows in repr, in messages or in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    version: Literal["1", "2c", "3"] = "2c"
    community: SecretStr | None = None
    user: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    level: Literal["authNoPriv", "authPriv"] | None = None
    auth: Secret | None = None
    priv: Secret | None = None
    context: Annotated[str, Field(max_length=32)] = ""
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 2.0
    retries: Annotated[int, Field(ge=0, le=10)] = 1
    permitted_networks: Annotated[tuple[Network, ...], Field(min_length=1)]

    @field_validator("permitted_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, list):
            return tuple(ipaddress.ip_network(v) for v in value if isinstance(v, str))
        return value

    @field_validator("community")
    @classmethod
    def _sane(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not 1 <= len(value.get_secret_value().encode()) <= 255:
            raise ValueError("must have 1 to 255 octets")
        return value

    @model_validator(mode="after")
    def _not_everything(self) -> Self:
        if any(network.prefixlen == 0 for network in self.permitted_networks):
            raise ValueError("permitted_networks: the whole Internet is no network of printers")
        return self

    @model_validator(mode="after")
    def _of_its_version(self) -> Self:
        if self.version != "3":
            if self.community is None:
                raise ValueError(f"version {self.version} needs community or community_file")
            if self.user or self.level or self.auth or self.priv or self.context:
                raise ValueError('user, level, auth, priv and context belong to version = "3"')
            return self
        if self.community is not None:
            raise ValueError("version 3 has no community: give user, auth and priv")
        if self.user is None or self.auth is None:
            raise ValueError("version 3 needs user and auth")
        if self.level == "authPriv" and self.priv is None:
            raise ValueError("level authPriv needs priv")
        for name, secret, known in (("auth", self.auth, AUTH), ("priv", self.priv, PRIV)):
            if secret is not None and secret.protocol not in known:
                raise ValueError(f"{name}.protocol must be one of {', '.join(known)}")
        return self

    @property
    def security(self) -> Security | None:
        """The user of SNMPv3. `priv` counts unless `level` is authNoPriv."""
        if self.user is None or self.auth is None:
            return None
        auth = self.auth.password.get_secret_value()
        if self.priv is None or self.level == "authNoPriv":
            return Security(self.user, self.auth.protocol, auth, context=self.context)
        priv = self.priv.password.get_secret_value()
        return Security(self.user, self.auth.protocol, auth, self.priv.protocol, priv, self.context)

    def permits(self, address: Address) -> bool:
        """Whether this profile may be used for `address`."""
        return any(address in network for network in self.permitted_networks)

    def target(self, address: Address, port: int) -> Target:
        """The device at `address` as this profile asks it."""
        community = self.community.get_secret_value().encode() if self.community else b""
        version = _VERSIONS[self.version]
        return Target(str(address), port, version, community, self.timeout_s, self.retries, self.security)


def load(path: Path) -> Mapping[str, Profile]:
    """The profiles of a file by name. Raises ProfilesInvalid with a sentence for each thing that is wrong."""
    try:
        octets = path.read_bytes()
        if len(octets) > _MOST_OCTETS:
            raise ProfilesInvalid(f"{path} has more than {_MOST_OCTETS} bytes.")
        text = octets.decode()
        whole = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ProfilesInvalid(f"{path} cannot be read ({error.strerror}).") from error
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfilesInvalid(f"{path}: {_place(error)}.") from None  # the text itself may hold a secret
    entries = whole.get("profiles") if isinstance(whole, dict) else None
    if not isinstance(entries, dict) or not entries:
        raise ProfilesInvalid(f"{path} must hold a table `profiles` with at least one profile.")
    return {name: _profile(path, name, entry) for name, entry in entries.items()}


def _place(error: Exception) -> str:
    found = re.search(r"line \d+,? col(?:umn)? \d+", str(error))
    return f"not valid at {found.group(0)}" if found else "not valid TOML or JSON in UTF-8"


def _profile(path: Path, name: str, entry: Any) -> Profile:
    if not re.match(PROFILE_PATTERN, name):
        raise ProfilesInvalid(f"{path}: {name!r} is no name for a profile (letters, digits, `_`, `.`, `-`).")
    if not isinstance(entry, dict):
        raise ProfilesInvalid(f"{path}: profiles.{name} must be a table.")
    values = dict(entry)
    _resolve(path, f"profiles.{name}", values, "community")
    for key in ("auth", "priv"):
        if isinstance(values.get(key), dict):
            values[key] = dict(values[key])
            _resolve(path, f"profiles.{name}.{key}", values[key], "password")
    try:
        return Profile.model_validate(values)
    except ValidationError as error:
        told = error.errors(include_input=False, include_url=False)
        wrong = "; ".join(": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"]))) for e in told)
        raise ProfilesInvalid(f"{path}: profiles.{name}: {wrong}.") from None


def _resolve(path: Path, where: str, values: dict[str, Any], key: str) -> None:
    """Puts what the file named by `key`_file holds in the place of `key`."""
    named = values.pop(f"{key}_file", None)
    if named is None:
        return
    if key in values:
        raise ProfilesInvalid(f"{path}: {where} has both {key} and {key}_file.")
    file = path.parent / str(named)
    try:
        values[key] = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ProfilesInvalid(f"{path}: {where}: {key}_file {file} cannot be read ({type(error).__name__}).") from None
