"""The aiohttp application: the guard, the table of routes, the documents, the pages."""

from collections.abc import Sequence

from aiohttp import web

from services.status_api.api.dispatch import Dispatch
from services.status_api.api.docs import docs_routes
from services.status_api.api.login import login_routes
from services.status_api.api.problems import problems
from services.status_api.api.security import add_headers
from services.status_api.api.table import ROUTES
from services.status_api.pages import setup_pages
from services.status_api.parts import PARTS, Parts


def application(parts: Parts, health_routes: Sequence[web.RouteDef]) -> web.Application:
    """Everything on one port. Pages find the parts under `request.app[PARTS]`."""
    app = web.Application(middlewares=[problems, parts.guard.middleware()], client_max_size=64 * 1024)
    app[PARTS] = parts
    dispatch = Dispatch(parts)
    app.add_routes([*health_routes, *login_routes(parts.guard), *docs_routes()])
    app.add_routes([dispatch.route(route) for route in ROUTES])
    app.on_response_prepare.append(add_headers)
    setup_pages(app)
    return app
