"""The API's error answers: status, code, text, and whether GLPI adds a link to its documentation."""

from dataclasses import dataclass
from typing import Any

Row = tuple[int, str, str, bool]

TABLE: dict[str, Row] = {
    "api_disabled": (400, "ERROR", "API disabled", False),
    "ip_not_allowed": (
        400,
        "ERROR_NOT_ALLOWED_IP",
        "There isn't an active API client matching your IP address in the configuration (127.0.0.1)",
        False,
    ),
    "app_token_missing": (400, "ERROR_APP_TOKEN_PARAMETERS_MISSING", "missing parameter app_token", True),
    "app_token_wrong": (400, "ERROR_WRONG_APP_TOKEN_PARAMETER", "parameter app_token seems wrong", True),
    "login_missing": (
        400,
        "ERROR_LOGIN_PARAMETERS_MISSING",
        "parameter(s) login, password or user_token are missing",
        True,
    ),
    "user_token": (401, "ERROR_GLPI_LOGIN_USER_TOKEN", "parameter user_token seems invalid", False),
    "password": (401, "ERROR_GLPI_LOGIN", "Incorrect username or password", False),
    "session_missing": (400, "ERROR_SESSION_TOKEN_MISSING", "parameter session_token is missing or empty", True),
    "session_invalid": (401, "ERROR_SESSION_TOKEN_INVALID", "session_token seems invalid", False),
    "item_missing": (404, "ERROR_ITEM_NOT_FOUND", "Item not found", False),
    "right_missing": (403, "ERROR_RIGHT_MISSING", "You don't have permission to perform this action.", False),
    "unknown_resource": (
        400,
        "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM",
        "resource not found or not an instance of CommonDBTM",
        True,
    ),
    "body_forbidden": (
        400,
        "ERROR_JSON_PAYLOAD_FORBIDDEN",
        "GET Request should not have json payload (http body)",
        True,
    ),
    "body_invalid": (400, "ERROR_JSON_PAYLOAD_INVALID", "JSON payload seems not valid", False),
    "input_missing": (400, "ERROR_BAD_ARRAY", "input parameter must be an array of objects", True),
    "bad_request": (400, "ERROR", "Bad Request", True),
    "range_format": (400, "ERROR", "range must be in format : [start-end] with integers", True),
    "range_exceeded": (400, "ERROR_RANGE_EXCEED_TOTAL", "Provided range exceed total count of data: {0}", True),
    "criteria_malformed": (400, "ERROR", "Malformed search criteria", True),
    "criteria_field": (400, "ERROR", "Bad field ID in search criteria", True),
    "column_unknown": (400, "ERROR_FIELD_NOT_FOUND", "Field {0} is not valid for {1} item.", True),
    "add_refused": (400, "ERROR_GLPI_ADD", "You don't have permission to perform this action.", False),
    "delete_refused": (400, "ERROR_GLPI_DELETE", "You don't have permission to perform this action.", False),
    "update_refused": (400, "ERROR_GLPI_UPDATE", "You don't have permission to perform this action.", False),
}


@dataclass
class Answer:
    """What goes back: `body` is JSON, or text when `content_type` says so."""

    body: Any
    status: int = 200
    headers: dict[str, str] | None = None
    content_type: str = "application/json; charset=UTF-8"


class ApiError(Exception):
    """An error answer, named by its row in the table; `message` replaces the row's text."""

    def __init__(self, name: str, *details: object, message: Any = ...) -> None:
        super().__init__(name)
        self.row = TABLE[name]
        self.details = details
        self.message = message

    def answer(self, documentation: str) -> Answer:
        """The answer, with `documentation` (the API's address) where GLPI links to it."""
        status, code, text, linked = self.row
        message = text.format(*self.details) if self.message is ... else self.message
        if linked and self.message is ...:
            message += f"; view documentation in your browser at {documentation}/#{code}"
        return Answer([code, message], status)
