"""Where status_api is and which token we carry: the option, the environment, `.env`, what `up` runs here, a default."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cli.local.settings import given
from cli.operator.errors import UsageError
from cli.operator.here import here

DEFAULT = "http://127.0.0.1:8080"
DEFAULTS = (DEFAULT, "the default; PRINTSWEEP_API or --api names another")


@dataclass(frozen=True, slots=True)
class Where:
    """An address without a closing slash, what named it, and the token."""

    api: str
    api_from: str
    token: str | None = field(default=None, repr=False)


def where(api: str | None) -> Where:
    """`api` is the option --api. Raises UsageError for an address that is none and a token file that cannot be read."""
    candidates = (
        (api, "--api"),
        (given("PRINTSWEEP_API"), "PRINTSWEEP_API"),
    )
    address, source = next(((a.strip(), s) for a, s in candidates if a), ("", ""))
    if not address:
        running = here()
        address, source = (running.api, f"what {running.name} runs here") if running and running.api else DEFAULTS
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{source}: {address!r} is not an address such as {DEFAULT}.")
    if parts.username or parts.password:
        raise UsageError(f"{source}: the address must not hold a login; give a token in PRINTSWEEP_TOKEN.")
    path = parts.path.rstrip("/").removesuffix("/api")
    return Where(f"{parts.scheme}://{parts.netloc}{path}", source, _token())


def _token() -> str | None:
    if token := given("PRINTSWEEP_TOKEN"):
        return token.strip()
    path = given("PRINTSWEEP_TOKEN_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"PRINTSWEEP_TOKEN_FILE: {path} cannot be read ({type(error).__name__}).") from error
