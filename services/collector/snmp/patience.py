"""Who asks is told when the answer is not there soon: what it holds meanwhile is better lent to another."""

from collections.abc import Callable
from contextvars import ContextVar

# A printer that is up answers in milliseconds. Over slow lines it takes longer: those polls step aside too, no harm.
PATIENCE_S = 0.05

# Called, in the event loop, once a request made in this context has been unanswered for PATIENCE_S.
ON_WAIT: ContextVar[Callable[[], None] | None] = ContextVar("on_wait", default=None)
