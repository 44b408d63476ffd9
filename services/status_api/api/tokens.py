"""Bearer tokens: a file with names, roles and SHA-256 hashes. The tokens themselves are kept nowhere."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import SettingsInvalid
from shared.text import clean

_MAX_TOKENS = 1000


class Role(IntEnum):
    """What a caller may do; each role may do what the one before may."""

    NOBODY = 0
    VIEWER = 1  # look
    OPERATOR = 2  # poll, sweep, replay, release
    ADMIN = 3  # change the inventory


@dataclass(frozen=True, slots=True)
class Who:
    """Who calls."""

    name: str
    role: Role


_ROLES = {role.name.lower(): role for role in Role if role}


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    role: str
    sha256: str = Field(pattern=r"^[0-9a-fA-F]{64}$")


class _File(BaseModel):
    tokens: list[_Entry] = Field(min_length=1, max_length=_MAX_TOKENS)


class Tokens:
    """The tokens of a file; none without one. Raises SettingsInvalid where the file cannot be used."""

    def __init__(self, path: Path | None) -> None:
        self._known: list[tuple[bytes, Who]] = [] if path is None else _read(path)

    def __bool__(self) -> bool:
        return bool(self._known)

    def who(self, token: str) -> Who | None:
        """Whose token this is. Every hash is compared, each in constant time."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        found = None
        for known, who in self._known:
            if hmac.compare_digest(known, digest):
                found = who
        return found


def _read(path: Path) -> list[tuple[bytes, Who]]:
    name = "PRINTSWEEP_STATUS_API_TOKENS_FILE"
    try:
        text = path.read_text(encoding="utf-8")
        entries = _File.model_validate(json.loads(text)).tokens
        return [(bytes.fromhex(e.sha256), Who(clean(e.name, 100), _ROLES[e.role])) for e in entries]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{name}: {path} cannot be read ({type(error).__name__}).") from error
    except KeyError as error:
        raise SettingsInvalid(f"{name}: {path} names the role {error}: viewer, operator, admin are known.") from error
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(p) for p in wrong["loc"])
        raise SettingsInvalid(f"{name}: {path}, {place}: {wrong['msg']}.") from error
    except ValueError as error:
        raise SettingsInvalid(
            f'{name}: {path} is not JSON of the form {{"tokens": [{{"name", "role", "sha256"}}]}}.'
        ) from error
