"""Tokens, cursors, hosts: what strangers may try."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.status_api.api import cursors
from services.status_api.api.login import local_path
from services.status_api.api.problems import ProblemError
from services.status_api.api.security import check_binding, is_loopback
from services.status_api.api.tokens import Role, Tokens
from services.status_api.broker_view.view import vhost_of
from shared.errors import SettingsInvalid


def tokens(folder: Path, content: object) -> Tokens:
    path = folder / "tokens.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return Tokens(path)


def entry(role: str = "viewer", text: str = "t") -> dict[str, str]:
    return {"name": "n", "role": role, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def test_a_token_has_its_role(tmp_path: Path) -> None:
    known = tokens(tmp_path, {"tokens": [entry("viewer", "a"), entry("admin", "b")]})
    who = known.who("b")
    assert who is not None
    assert who.role is Role.ADMIN
    for wrong in ("", "c", "a\udcff", "é" * 1000, entry("viewer", "a")["sha256"]):
        assert known.who(wrong) is None


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("{", "JSON"),
        ("[]", "valid"),
        ({"tokens": []}, "tokens"),
        ({"tokens": [entry("king")]}, "king"),
        ({"tokens": [entry("nobody")]}, "nobody"),
        ({"tokens": [entry() | {"sha256": "abc"}]}, "sha256"),
        ({"tokens": [entry() | {"token": "plain"}]}, "token"),
    ],
)
def test_a_file_that_cannot_be_used_is_said(tmp_path: Path, content: object, word: str) -> None:
    with pytest.raises(SettingsInvalid) as error:
        tokens(tmp_path, content)
    assert word in str(error.value)
    assert "plain" not in str(error.value)


def test_without_tokens_only_this_machine_may_call(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "::1", "localhost", "127.8.0.1"):
        check_binding(host, Tokens(None))
        assert is_loopback(host)
    for host in ("0.0.0.0", "::", "192.0.2.1", "printsweep.example", ""):  # noqa: S104 - refused here
        with pytest.raises(SettingsInvalid):
            check_binding(host, Tokens(None))
        check_binding(host, tokens(tmp_path, {"tokens": [entry()]}))


@given(st.text(max_size=60))
def test_a_cursor_is_ours_or_refused(text: str) -> None:
    status = 200
    try:
        keys = cursors.decode(text, int, str)
    except ProblemError as error:
        status, keys = error.problem.status, None
    assert status == 400 or (keys is not None and [type(k) for k in keys] == [int, str])


@given(st.integers(-(2**63), 2**63 - 1), st.text(max_size=20))
def test_a_cursor_comes_back_as_it_was(number: int, text: str) -> None:
    assert cursors.decode(cursors.encode(number, text), int, str) == (number, text)


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil", "https://evil.example", "evil", "", "/a\nb", "/\t/evil.example"]
)
def test_a_login_leads_only_to_our_own_pages(target: str) -> None:
    assert local_path(target) == "/"
    assert local_path("/printers?q=1") == "/printers?q=1"


@pytest.mark.parametrize(
    ("url", "vhost"),
    [("amqp://h", "/"), ("amqp://h/", "/"), ("amqp://h/a", "a"), ("amqp://h/%2Fx", "/x"), ("amqp://h/a?x=1", "a")],
)
def test_the_virtual_host_of_a_url(url: str, vhost: str) -> None:
    assert vhost_of(url) == vhost
