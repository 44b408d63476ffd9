"""GET /api/openapi.json and /api/docs."""

from aiohttp import web

from services.status_api.api.openapi import document, page


def docs_routes() -> list[web.RouteDef]:
    """The two routes."""

    async def openapi(_: web.Request) -> web.Response:
        return web.json_response(document())

    async def docs(_: web.Request) -> web.Response:
        return web.Response(text=page(), content_type="text/html")

    return [web.get("/api/openapi.json", openapi), web.get("/api/docs", docs)]
