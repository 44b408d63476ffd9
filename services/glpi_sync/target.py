"""The GLPI that the settings name, or why there is none."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from services.glpi_sync.client import GlpiAccess
from services.glpi_sync.errors import GlpiNotConfigured, GlpiSettingsUnusable
from services.glpi_sync.settings import GlpiSyncSettings
from shared.text import clean


@dataclass(frozen=True, slots=True)
class Target:
    """Either `access` is there or `problem` says why not. `host` (and port) is all of the address that is shown."""

    access: GlpiAccess | None
    problem: GlpiNotConfigured | None
    host: str = ""

    @property
    def is_wrong(self) -> bool:
        """GLPI is wanted, but its settings cannot be used."""
        return isinstance(self.problem, GlpiSettingsUnusable)

    def require(self) -> GlpiAccess:
        """The access; raises GlpiNotConfigured or GlpiSettingsUnusable."""
        if self.access is None:
            raise self.problem or GlpiNotConfigured()
        return self.access


def target_of(settings: GlpiSyncSettings) -> Target:
    """The target that `settings` name. Wrong settings are an answer too: the service goes on remembering serials."""
    url = settings.glpi_sync_url.strip()
    if not url:
        return Target(None, GlpiNotConfigured())
    tokens = {"APP": settings.glpi_sync_app_token, "USER": settings.glpi_sync_user_token}
    missing = [name for name, token in tokens.items() if token is None or not token.get_secret_value()]
    if missing:
        names = " and ".join(f"PRINTSWEEP_GLPI_SYNC_{name}_TOKEN" for name in missing)
        return Target(None, GlpiSettingsUnusable(f"{names} (or the same with _FILE) must be set."), _host(url))
    app, user = (token.get_secret_value() if token else "" for token in tokens.values())
    try:
        access = GlpiAccess(
            url,
            app,
            user,
            call_timeout=settings.glpi_sync_call_timeout_s,
            connect_timeout=settings.glpi_sync_connect_timeout_s,
            ca_file=settings.glpi_sync_ca_file,
            verify_tls=settings.glpi_sync_verify_tls,
        )
        access.tls()
    except ValueError as error:
        return Target(None, GlpiSettingsUnusable(f"({clean(error, 300)})"), _host(url))
    return Target(access, None, _host(url))


def _host(url: str) -> str:
    """Host and port of an address; "?" where it has none."""
    try:
        parts = urlsplit(url)
        return clean(parts.hostname, 200) + (f":{parts.port}" if parts.port else "") if parts.hostname else "?"
    except ValueError:
        return "?"
