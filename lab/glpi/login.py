"""Who is logging in: by user token, or by name and password."""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from lab.glpi.errors import ApiError
from lab.glpi.people import User


def user_of(authorization: str, given: dict[str, Any], users: Iterable[User]) -> User:
    """The user behind an Authorization header or the parameters `given`; the API's error when there is none.

    A wrong token, a disabled user and a user without a profile look the same.
    """
    able = [user for user in users if user.enabled and user.grants]
    scheme, _, value = authorization.partition(" ")
    token = value.strip() if scheme.lower() == "user_token" else given.get("user_token")
    if token:
        for user in able:
            if user.token == token:
                return user
        raise ApiError("user_token")
    login, password = given.get("login"), given.get("password")
    if scheme.lower() == "basic":
        try:
            login, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise ApiError("login_missing") from None
    if not login or not password:
        raise ApiError("login_missing")
    for user in able:
        if (user.name, user.password) == (login, password):
            return user
    raise ApiError("password")
