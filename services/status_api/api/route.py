"""One row of the table of routes, and what a handler gets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from services.status_api.api.tokens import Role, Who

if TYPE_CHECKING:
    from services.status_api.parts import Parts


class Query(BaseModel):
    """The base of query models: an unknown parameter is a mistake."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Query):
    """A page of a list."""

    limit: int = Field(100, ge=1, le=1000, description="The most items of one page")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


class BodyModel(BaseModel):
    """The base of request bodies."""

    model_config = ConfigDict(extra="forbid")


@dataclass(slots=True)
class Call:
    """One request, validated. `query` and `body` are the route's models."""

    parts: "Parts"
    request: web.Request
    who: Who
    query: Any = None
    body: Any = None
    idempotency_key: str | None = None

    @property
    def path(self) -> dict[str, str]:
        """The parts of the path by name."""
        return dict(self.request.match_info)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a status of its own."""

    body: Any
    status: int


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """Method, path, handler, and what the OpenAPI document says of it. `takes`: the body's content type."""

    method: str
    path: str
    handler: Handler
    role: Role
    summary: str
    answer: type[BaseModel] | None = None
    query: type[Query] | None = None
    body: type[BaseModel] | None = None
    takes: str = "application/json"
    status: int = 200
    gives: str = "application/json"
    idempotent: bool = False
    also: tuple[int, ...] = ()
    max_body: int = 1024 * 1024
