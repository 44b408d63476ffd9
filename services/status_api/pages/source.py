"""What the pages show comes from the handlers of the operator's API: one meaning of a figure, one check of rights."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from services.status_api.api.problems import Problem, ProblemError, of_error, of_validation
from services.status_api.api.route import Call, Route
from services.status_api.api.table import ROUTES
from services.status_api.parts import PARTS
from shared.errors import PrintsweepError

__all__ = ["Problem", "ProblemError", "Source"]


@dataclass(slots=True)
class _Call(Call):
    """A call of a handler with a path of its own, not that of the page's address."""

    named: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> dict[str, str]:
        return self.named


class Source:
    """Reads the API's GET routes for one request of a browser, with that browser's rights."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        # The parts of one page often show the same thing: it is asked for once.
        self._asked: dict[Any, asyncio.Task[Any]] = request.setdefault("pages_asked", {})

    async def get(self, path: str, **query: str | int | None) -> Any:
        """What GET /api/`path` answers; empty query values are left out. Raises ProblemError."""
        wanted = {name: str(value) for name, value in query.items() if value not in (None, "")}
        key = (path, *sorted(wanted.items()))
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._get(path, wanted))
        return await self._asked[key]

    async def items(self, path: str, **query: str | int | None) -> tuple[list[dict[str, Any]], str | None]:
        """A list of the API and its cursor for what follows, null at the end. Raises ProblemError."""
        found = await self.get(path, **query)
        return found["items"], found.get("next")

    async def _get(self, path: str, wanted: dict[str, str]) -> Any:
        route, named = _found(f"/api/{path}")
        who = self._request["who"]
        if who.role < route.role:
            raise ProblemError(403, "not_permitted", f"This needs the role {route.role.name.lower()}.")
        call = _Call(self._request.app[PARTS], self._request, who, named=named)
        try:
            call.query = route.query.model_validate(wanted) if route.query else None
            return await route.handler(call)
        except ValidationError as error:
            raise of_validation(error, "query") from error
        except PrintsweepError as error:
            problem = of_error(error)
            raise ProblemError(problem.status, problem.code, problem.title, problem.detail) from error


def _found(path: str) -> tuple[Route, dict[str, str]]:
    """The GET route for a path, and what its {names} stand for; one without names is preferred. Raises LookupError."""
    steps = path.split("/")
    routes = (route for route in ROUTES if route.method == "GET" and route.path.count("/") == path.count("/"))
    for route in sorted(routes, key=lambda route: "{" in route.path):
        pairs = list(zip(route.path.split("/"), steps, strict=True))
        if all(wanted == step or wanted.startswith("{") for wanted, step in pairs):
            return route, {wanted.strip("{}"): step for wanted, step in pairs if wanted.startswith("{")}
    raise LookupError(path)
