"""How a person at a terminal says how printers are to be asked: a profile, or its parts as options.

No secret is taken from the command line but a community, which SNMP sends in the clear anyway: passwords come from
files or from the environment.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.collector.errors import WrongCall
from services.collector.profiles import Profile, load
from services.collector.snmp.v3.protocols import AUTH, PRIV

COMMUNITY = "PRINTSWEEP_COLLECTOR_COMMUNITY"
PROFILES_FILE = "PRINTSWEEP_COLLECTOR_PROFILES_FILE"
PASSWORDS = {"auth": "PRINTSWEEP_COLLECTOR_AUTH_PASSWORD", "priv": "PRINTSWEEP_COLLECTOR_PRIV_PASSWORD"}
PORT = 161


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that `profile_of` reads."""
    add = parser.add_argument
    add("--community", help=f"default: ${COMMUNITY}, else public")
    add("--version", choices=("1", "2c", "3"), help="default: 2c, or 3 where --user is given")
    add("--profile", help="take everything from this profile")
    add("--profiles-file", type=Path, help=f"the file that holds it; default: ${PROFILES_FILE}")
    add("--user", help="the user of SNMPv3")
    add("--level", choices=("authNoPriv", "authPriv"), help="default: authPriv where --priv is given")
    add("--auth", choices=tuple(AUTH), help="the protocol of authentication")
    add("--auth-password-file", type=Path, help=f"default: ${PASSWORDS['auth']}")
    add("--priv", choices=tuple(PRIV), help="the protocol of privacy")
    add("--priv-password-file", type=Path, help=f"default: ${PASSWORDS['priv']}")
    add("--context", default="", help="the name of an SNMPv3 context")
    add("--timeout", type=float, help="seconds for each attempt; default: 2, or the profile's")
    add("--retries", type=int, help="default: 1, or the profile's")


def profile_of(
    options: argparse.Namespace, networks: Sequence[str], environment: Mapping[str, str] = os.environ
) -> Profile:
    """The profile that the options name or make. A made one is good for `networks`, which the person has named.

    Raises WrongCall or ProfilesInvalid.
    """
    if options.profile:
        return _named(options, environment)
    version = options.version or ("3" if options.user else "2c")
    values: dict[str, Any] = {"version": version, "permitted_networks": list(networks)}
    if version == "3":
        if options.community:
            raise WrongCall("--community belongs to versions 1 and 2c.")
        values |= {"user": options.user, "level": options.level, "context": options.context}
        values |= {name: _secret(options, name, environment) for name in PASSWORDS}
    else:
        if options.user or options.auth or options.priv or options.level or options.context:
            raise WrongCall(f"--user, --level, --auth, --priv and --context belong to version 3, not to {version}.")
        values["community"] = options.community or environment.get(COMMUNITY) or "public"
    values |= {"timeout_s": options.timeout} if options.timeout is not None else {}
    values |= {"retries": options.retries} if options.retries is not None else {}
    return _checked(values)


def _named(options: argparse.Namespace, environment: Mapping[str, str]) -> Profile:
    given = [name for name in ("community", "version", "user", "level", "auth", "priv", "context")
             if getattr(options, name)]  # fmt: skip
    if given:
        raise WrongCall(f"--profile says how to ask: leave out --{', --'.join(given)}.")
    file = options.profiles_file or (Path(environment[PROFILES_FILE]) if environment.get(PROFILES_FILE) else None)
    if file is None:
        raise WrongCall(f"--profile needs --profiles-file, or {PROFILES_FILE}.")
    profiles = load(file)
    if options.profile not in profiles:
        raise WrongCall(f"There is no profile {options.profile!r} in {file}. There is: {', '.join(sorted(profiles))}.")
    changed = {"timeout_s": options.timeout, "retries": options.retries}
    return profiles[options.profile].model_copy(update={k: v for k, v in changed.items() if v is not None})


def _secret(options: argparse.Namespace, name: str, environment: Mapping[str, str]) -> dict[str, str] | None:
    protocol = getattr(options, name)
    if protocol is None:
        return None
    file: Path | None = getattr(options, f"{name}_password_file")
    try:
        password = file.read_text(encoding="utf-8").strip() if file else environment.get(PASSWORDS[name])
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"--{name}-password-file {file} cannot be read ({type(error).__name__}).") from None
    if not password:
        raise WrongCall(f"--{name} {protocol} needs a password: --{name}-password-file, or {PASSWORDS[name]}.")
    return {"protocol": protocol, "password": password}


def _checked(values: dict[str, Any]) -> Profile:
    try:
        return Profile.model_validate(values)
    except ValidationError as error:
        told = error.errors(include_input=False, include_url=False)
        sentences = (": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"]))) for e in told)
        raise WrongCall("; ".join(sentences).replace("Value error, ", "") + ".") from None


def host_and_port(text: str, port: int = PORT) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]:port` or a bare IPv6 address. Raises WrongCall."""
    host, number = text.strip(), ""
    if host.startswith("["):
        host, closed, rest = host[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise WrongCall(f"{text!r} is no address: an IPv6 address with a port is written [2001:db8::1]:161.")
        number = rest[1:] if rest else ""
    elif host.count(":") == 1:
        host, _, number = host.partition(":")
        if not number:
            raise WrongCall(f"{text!r} ends where a port should be.")
    if number and not (number.isascii() and number.isdigit() and 1 <= int(number) <= 65_535):
        raise WrongCall(f"{number!r} is no port: 1 to 65535.")
    if not host:
        raise WrongCall("There is no address.")
    return host, int(number) if number else port
