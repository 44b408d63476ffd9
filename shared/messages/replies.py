"""The answer to a command."""

from typing import Any

from shared.messages.base import Body, LongText, ShortText


class CommandError(Body):
    """Why a command was refused. `code` is stable; `title` says the situation; `detail` the evidence and remedy."""

    code: ShortText
    title: ShortText
    detail: LongText = ""


class CommandReply(Body):
    """The answer to a command, sent to its reply_to with its correlation_id. `result` depends on the command:

    poll.order: {"order_id", "polls": [{"poll_id", "printer_id", "state"}]} (an outstanding poll is named, not doubled);
    sweep.order: {"sweep_id", "planned", "backed_off"}; inventory import: {"added", "updated", "unchanged",
    "errors": [{"line", "reason"}], "error_count"}; other inventory actions: {"changed"};
    glpi.reconcile: {"pass_id"}.
    """

    ok: bool
    result: dict[str, Any] = {}
    error: CommandError | None = None
