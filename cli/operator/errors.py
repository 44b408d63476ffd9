"""What can go wrong between an operator and status_api; each with its exit status (see the package's table)."""

from cli.errors import CommandError


class OperatorError(CommandError):
    """A command of the operator cannot be done."""

    exit_status = 1


class ApiUnreachable(OperatorError):
    """Nothing of ours answers at the API's address."""

    exit_status = 3


class ApiRefused(OperatorError):
    """The API does not let us."""

    exit_status = 4


class ApiMissing(OperatorError):
    """The API does not know this."""

    exit_status = 5


class ApiProblem(OperatorError):
    """The API answered with a problem."""


class UsageError(OperatorError):
    """The command was called in a way that makes no sense."""

    exit_status = 2
