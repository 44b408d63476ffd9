"""`printsweep read` and `printsweep discover`: the collector's own programs, run without broker and database."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from cli.collector_show import show_found, show_reading
from cli.errors import CommandError
from cli.local.home import ROOT
from cli.local.settings import given as of_settings
from cli.operator import show
from cli.operator.client import Api, run
from cli.operator.errors import UsageError
from cli.operator.options import ApiOption, Json
from cli.operator.printers import cell
from cli.operator.where import where

app = typer.Typer()

PASSWORDS = {"auth": "PRINTSWEEP_COLLECTOR_AUTH_PASSWORD", "priv": "PRINTSWEEP_COLLECTOR_PRIV_PASSWORD"}
COMMUNITY = "PRINTSWEEP_COLLECTOR_COMMUNITY"
PROFILES_FILE = "PRINTSWEEP_COLLECTOR_PROFILES_FILE"

Community = Annotated[str | None, typer.Option("--community", help=f"For versions 1 and 2c ({COMMUNITY}, public).")]
Version = Annotated[str | None, typer.Option("--version", metavar="1|2c|3", help="2c, or 3 where --user is given.")]
Profile = Annotated[str | None, typer.Option("--profile", help="Ask as this profile says.")]
ProfilesFile = Annotated[
    Path | None, typer.Option("--profiles-file", help="The file that holds it (PRINTSWEEP_COLLECTOR_PROFILES_FILE).")
]
User = Annotated[str | None, typer.Option("--user", help="The SNMPv3 user.")]
Level = Annotated[str | None, typer.Option("--level", metavar="authNoPriv|authPriv", help="authPriv with --priv.")]
Auth = Annotated[str | None, typer.Option("--auth", metavar="PROTOCOL", help="SHA-1, SHA-224, … SHA-512, MD5.")]
AuthFile = Annotated[
    Path | None, typer.Option("--auth-password-file", help=f"Else {PASSWORDS['auth']}, else you are asked.")
]
Priv = Annotated[str | None, typer.Option("--priv", metavar="PROTOCOL", help="AES-128, AES-192, AES-256, DES.")]
PrivFile = Annotated[
    Path | None, typer.Option("--priv-password-file", help=f"Else {PASSWORDS['priv']}, else you are asked.")
]
Context = Annotated[str | None, typer.Option("--context", help="The name of an SNMPv3 context.")]
Seconds = Annotated[float | None, typer.Option("--timeout", min=0.05, max=60, help="Seconds for each attempt (2).")]
Retries = Annotated[int | None, typer.Option("--retries", min=0, max=10, help="Further attempts (1).")]


class NotDone(CommandError):
    """The program has said why; its exit status is ours."""

    def __init__(self, sentence: str, exit_status: int) -> None:
        super().__init__(sentence)
        self.exit_status = exit_status


@app.command()
def read(
    address: Annotated[str, typer.Argument(metavar="ADDRESS[:PORT]", help="IP address, [IPv6 address] or name.")],
    community: Community = None,
    version: Version = None,
    profile: Profile = None,
    profiles_file: ProfilesFile = None,
    user: User = None,
    level: Level = None,
    auth: Auth = None,
    auth_password_file: AuthFile = None,
    priv: Priv = None,
    priv_password_file: PrivFile = None,
    context: Context = None,
    timeout: Seconds = None,
    retries: Retries = None,
    plans: Annotated[
        Path | None, typer.Option("--plans", metavar="FOLDER", help="Remember there what it answers; ask only that.")
    ] = None,
    cold: Annotated[bool, typer.Option("--cold", help="Ask for everything, whatever --plans remembers.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Show every PDU on standard error.")] = False,
    as_json: Json = False,
) -> None:
    """Read one printer now, without broker and database. Exit status 1 where it does not answer, 2 for a wrong call."""
    given = {
        "version": version, "profile": profile, "profiles-file": profiles_file, "user": user, "level": level,
        "auth": auth, "auth-password-file": auth_password_file, "priv": priv,
        "priv-password-file": priv_password_file, "context": context, "timeout": timeout, "retries": retries,
        "plans": plans, "cold": cold, "trace": trace,
    }  # fmt: skip
    reading = _run("read", [address], given, _secrets(community, profile, given))
    if as_json:
        show.document(reading)
    else:
        show_reading(reading)


@app.command()
def discover(
    networks: Annotated[list[str], typer.Argument(metavar="CIDR…", help="Networks, like 10.20.0.0/24.")],
    community: Community = None,
    version: Version = None,
    profile: Profile = None,
    profiles_file: ProfilesFile = None,
    user: User = None,
    level: Level = None,
    auth: Auth = None,
    auth_password_file: AuthFile = None,
    priv: Priv = None,
    priv_password_file: PrivFile = None,
    context: Context = None,
    timeout: Seconds = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The UDP port of all.")] = 161,
    rate: Annotated[int, typer.Option("--rate", min=1, max=2000, help="Packets a second at most.")] = 200,
    as_json: Json = False,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write them as CSV that `printers import` reads.")
    ] = None,
    into: Annotated[bool, typer.Option("--import", help="Import them into the inventory.")] = False,
    site: Annotated[str | None, typer.Option("--site", help="Their site, in the CSV and the inventory.")] = None,
    api: ApiOption = None,
) -> None:
    """Find the printers of networks. Exit status 0 also where there are none."""
    given = {
        "version": version, "profile": profile, "profiles-file": profiles_file, "user": user, "level": level,
        "auth": auth, "auth-password-file": auth_password_file, "priv": priv,
        "priv-password-file": priv_password_file, "context": context, "timeout": timeout, "port": port, "rate": rate,
    }  # fmt: skip
    if into and not profile:
        raise UsageError("--import needs --profile: the collectors must know how the new printers are asked.")
    found = _run("discover", networks, given, _secrets(community, profile, given))
    table = _csv(found["printers"], site, profile)
    if csv_file:
        _write(csv_file, table)
    if as_json:
        show.document(found)
    else:
        show_found(found)
    if into and found["printers"]:
        report = run(_import(api, table.encode()))
        show.console(errors=as_json).print(
            f"{report['added']:,} added, {report['updated']:,} updated, {report['unchanged']:,} unchanged, "
            f"{report['error_count']:,} refused."
        )
        raise typer.Exit(1 if report["error_count"] else 0)


async def _import(api: str | None, data: bytes) -> Any:
    async with Api(where(api), timeout_s=120) as client:
        return await client.post("inventory/import", data, {})


def _csv(printers: list[dict[str, Any]], site: str | None, profile: str | None) -> str:
    fields = ["address", "port", "name"] + ["site"] * (site is not None) + ["profile"] * (profile is not None)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(fields)
    for printer in printers:
        row = {**printer, "site": site, "profile": profile}
        writer.writerow([cell(row.get(field)) for field in fields])
    return stream.getvalue()


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error


def _secrets(community: str | None, profile: str | None, given: Mapping[str, object]) -> dict[str, str]:
    """What the program is told through its environment, where no list of processes shows it."""
    secrets = {}
    if community and profile:
        raise UsageError("--profile says how to ask: leave out --community.")
    if community:
        secrets[COMMUNITY] = community
    for name, variable in PASSWORDS.items():
        if given[name] and not given[f"{name}-password-file"] and not of_settings(variable):
            if not sys.stdin.isatty():
                raise UsageError(f"--{name} needs a password: --{name}-password-file, or {variable}.")
            secrets[variable] = typer.prompt(f"Password for --{name} {given[name]}", hide_input=True, err=True)
    return secrets


def _run(program: str, positional: list[str], given: Mapping[str, object], secrets: Mapping[str, str]) -> Any:
    """Runs `python -m services.collector.<program>` and returns its JSON. Raises NotDone."""
    command = [sys.executable, "-m", f"services.collector.{program}"]
    for name, value in given.items():
        if isinstance(value, bool):
            command += [f"--{name}"] if value else []
        elif value is not None:
            command.append(f"--{name}={value.absolute() if isinstance(value, Path) else value}")
    settled = {name: value for name in (PROFILES_FILE, COMMUNITY, *PASSWORDS.values()) if (value := of_settings(name))}
    environment = {**os.environ, **settled, **secrets}
    if PROFILES_FILE in environment:
        environment[PROFILES_FILE] = str(Path(environment[PROFILES_FILE]).absolute())
    traced = bool(given.get("trace"))
    with subprocess.Popen(
        [*command, "--", *positional],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if traced else subprocess.PIPE,
    ) as process:
        try:
            out, complaint = process.communicate()
        except KeyboardInterrupt:
            process.terminate()
            raise
    sentence = (complaint or b"").decode("utf-8", "replace").strip()
    if process.returncode and traced:
        raise typer.Exit(process.returncode)  # it has said why, after the trace
    if process.returncode:
        raise NotDone(_last(sentence) or f"{program} ended with status {process.returncode}.", process.returncode)
    if sentence:
        show.console(errors=True).print(show.plain(sentence, 4000))
    return orjson.loads(out)


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return show.plain(lines[-1].split(": error: ")[-1], 1000) if lines else ""
