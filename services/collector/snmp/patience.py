"""Who asks is told when the answer is not there soon: what it holds meanwhile is better lent to another."""

from collections.abc import Callable
from contextvars import ContextVar

# A printer that is up answers a request in milliseconds, over a slow line in some tens of them.
PATIENCE_S = 0.1

# Called, in the event loop, once a request made in this context has been unanswered for PATIENCE_S.
ON_WAIT: ContextVar[Callable[[], None] | None] = ContextVar("on_wait", default=None)
