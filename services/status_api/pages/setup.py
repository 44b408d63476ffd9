"""Puts the pages into an aiohttp application: templates, static files, routes."""

import hashlib
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from services.status_api.pages import dead, glpi, login, overview, printers, sweeps
from services.status_api.pages.figures import FILTERS
from services.status_api.pages.frame import Page
from services.status_api.pages.letters import shown
from services.status_api.pages.words import phrase, word
from shared import __version__

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
PAGES: tuple[Page, ...] = (*overview.PAGES, *printers.PAGES, *sweeps.PAGES, *dead.PAGES, *glpi.PAGES)
NAVIGATION = (
    ("/", "overview", "Overview"),
    ("/printers", "printers", "Printers"),
    ("/sweeps", "sweeps", "Sweeps"),
    ("/dead", "dead", "Dead letters"),
    ("/glpi", "glpi", "GLPI"),
)


def setup_pages(app: web.Application) -> None:
    """Adds the pages at / and below, and their files at /static/<digest>/. Call once, before the app starts."""
    static = f"/static/{digest(STATIC)}"
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.ChainableUndefined,  # a field that is not there is shown as missing, never as a broken page
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(
        static=static, version=__version__, navigation=NAVIGATION, word=word, phrase=phrase, zip=zip
    )
    app.router.add_static(static, STATIC)
    app.on_response_prepare.append(_keep_static)
    for page in PAGES:
        app.router.add_get(page.path, page.handle)
    app.router.add_get("/login", login.show)


def digest(folder: Path) -> str:
    """Twelve digits that change with any file below `folder`: browsers may keep what such an address names for ever."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


async def _keep_static(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith("/static/") and response.status == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
