"""What a command tells the person at the terminal instead of a traceback."""


class CommandError(RuntimeError):
    """The command cannot be done; the text is the whole message: what happened and what to do."""

    exit_status = 1
