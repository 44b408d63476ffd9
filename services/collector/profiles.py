"""SNMP profiles: named credentials and limits, from a file that only collectors have.

TOML or JSON (by the file's ending):

    [profiles.default]
    version = "2c"                      # "1" or "2c"
    community_file = "snmp-community"   # or community = "…"; relative to this file
    timeout_s = 2.0                     # for each attempt
    retries = 1
    permitted_networks = ["10.20.0.0/16"]

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
from services.collector.snmp.exchange import V1, V2C, Target
from shared.words import PROFILE_PATTERN

_MOST_OCTETS = 1_000_000
_VERSIONS = {"1": V1, "2c": V2C}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Profile(BaseModel):
    """One profile. The community never shows in repr, in messages or in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    version: Literal["1", "2c"] = "2c"
    community: SecretStr
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
    def _sane(cls, value: SecretStr) -> SecretStr:
        if not 1 <= len(value.get_secret_value().encode()) <= 255:
            raise ValueError("must have 1 to 255 octets")
        return value

    @model_validator(mode="after")
    def _not_everything(self) -> Self:
        if any(network.prefixlen == 0 for network in self.permitted_networks):
            raise ValueError("permitted_networks: the whole Internet is no network of printers")
        return self

    def permits(self, address: Address) -> bool:
        """Whether this profile may be used for `address`."""
        return any(address in network for network in self.permitted_networks)

    def target(self, address: Address, port: int) -> Target:
        """The device at `address` as this profile asks it."""
        community = self.community.get_secret_value().encode()
        return Target(str(address), port, _VERSIONS[self.version], community, self.timeout_s, self.retries)


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
    if (file := values.pop("community_file", None)) is not None:
        if "community" in values:
            raise ProfilesInvalid(f"{path}: profiles.{name} has both community and community_file.")
        values["community"] = _secret(path, name, str(file))
    try:
        return Profile.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise ProfilesInvalid(f"{path}: profiles.{name}: {wrong}.") from None


def _secret(path: Path, name: str, file: str) -> str:
    where = path.parent / file
    try:
        return where.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ProfilesInvalid(
            f"{path}: profiles.{name}: community_file {where} cannot be read ({type(error).__name__})."
        ) from None
