"""Where a GLPI is and what we present to it."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer. A page of 1000 printers is about 0.84 MB (3.6 MB with links)."""


@dataclass(frozen=True)
class GlpiAccess:
    """The address of the API (`…/apirest.php` or `…/api.php/v1`), the two tokens and the limits.

    ValueError says what is wrong with an address or a token, without repeating the token. Times are in seconds;
    `call_timeout` bounds one call from the connection to the last byte.
    """

    url: str
    app_token: str = field(repr=False)
    user_token: str = field(repr=False)
    call_timeout: float = 60.0
    connect_timeout: float = 10.0
    max_answer: int = MAX_ANSWER
    ca_file: Path | None = None
    verify_tls: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", self.url.strip().rstrip("/"))
        try:
            parts = urlsplit(self.url)
            parts.port  # noqa: B018  # raises for a port that is no number
        except ValueError:
            raise ValueError("the GLPI address is not an address") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the GLPI address must begin with http:// or https:// and name a host")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("the GLPI address must hold no user, password, ? or #")
        for name, token in (("app token", self.app_token), ("user token", self.user_token)):
            if not token or not token.isascii() or not token.isprintable() or " " in token:
                raise ValueError(f"the GLPI {name} must be printable ASCII without blanks, and not empty")

    def tls(self) -> ssl.SSLContext | bool:
        """How to check GLPI's certificate: against `ca_file` when given, else as the system does, or not at all.

        ValueError when the file cannot be read or holds no certificate.
        """
        if not self.verify_tls:
            return False
        if self.ca_file is None:
            return True
        try:
            return ssl.create_default_context(cafile=str(self.ca_file))
        except OSError as error:  # ssl.SSLError is one too
            raise ValueError(f"the certificates in {self.ca_file} cannot be used: {error.strerror or error}") from None
