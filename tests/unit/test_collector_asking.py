"""What a person may say about how a printer is asked, and what a trace shows."""

import argparse
from pathlib import Path

import pytest

from services.collector import asking
from services.collector.errors import WrongCall
from services.collector.profiles import Profile
from services.collector.snmp.exchange import GET, GET_BULK, V2C, Question
from services.collector.trace import described
from tests.support.requests import encode

PASSWORDS = {"PRINTSWEEP_COLLECTOR_AUTH_PASSWORD": "auth-secret", "PRINTSWEEP_COLLECTOR_PRIV_PASSWORD": "priv-secret"}


def made(*arguments: str, environment: dict[str, str] | None = None) -> Profile:
    parser = argparse.ArgumentParser()
    asking.add_options(parser)
    return asking.profile_of(parser.parse_args(arguments), ["10.0.0.1"], environment or {})


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("10.0.0.1", "10.0.0.1", 161),
        ("10.0.0.1:1161", "10.0.0.1", 1161),
        ("printer.example:1161", "printer.example", 1161),
        ("[::1]:162", "::1", 162),
        ("[2001:db8::1]", "2001:db8::1", 161),
        ("2001:db8::1", "2001:db8::1", 161),
    ],
)
def test_addresses(text: str, host: str, port: int) -> None:
    assert asking.host_and_port(text) == (host, port)


@pytest.mark.parametrize("text", ["", ":161", "a:", "a:0", "a:65536", "a:b", "[::1", "[::1]161", "a:١"])
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(WrongCall):
        asking.host_and_port(text)


def test_a_community_comes_from_the_option_or_the_environment() -> None:
    def of(*arguments: str, **environment: str) -> str:
        community = made(*arguments, environment=environment).community
        assert community is not None
        return community.get_secret_value()

    assert of() == "public"
    assert of(PRINTSWEEP_COLLECTOR_COMMUNITY="hidden") == "hidden"
    assert of("--community", "given", PRINTSWEEP_COLLECTOR_COMMUNITY="hidden") == "given"


def test_a_user_means_version_3(tmp_path: Path) -> None:
    file = tmp_path / "auth"
    file.write_text("from-a-file\n")
    found = made(
        "--user", "u", "--auth", "SHA-256", "--auth-password-file", str(file), "--priv", "AES-256", "--context", "c",
        environment=PASSWORDS,
    )  # fmt: skip
    security = found.security
    assert security is not None
    assert (found.version, security.auth_password, security.priv_password) == ("3", "from-a-file", "priv-secret")
    assert (security.user, security.auth, security.priv, security.context) == ("u", "SHA-256", "AES-256", "c")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version", "3"], "version 3 needs user and auth"),
        (["--user", "u", "--community", "c"], "--community belongs to versions 1 and 2c"),
        (["--version", "2c", "--user", "u"], "belong to version 3"),
        (["--user", "u", "--auth", "SHA-1", "--level", "authPriv"], "level authPriv needs priv"),
        (["--profile", "p"], "--profile needs --profiles-file"),
        (["--profile", "p", "--community", "c"], "leave out --community"),
        (["--timeout", "0"], "timeout_s"),
        (["--user", "u", "--auth", "SHA-1", "--auth-password-file", "/nowhere"], "cannot be read"),
    ],
)
def test_contradictions_are_said_without_secrets(arguments: list[str], said: str) -> None:
    with pytest.raises(WrongCall) as caught:
        made(*arguments, environment=PASSWORDS)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_password_is_needed() -> None:
    with pytest.raises(WrongCall, match="PRINTSWEEP_COLLECTOR_AUTH_PASSWORD"):
        made("--user", "u", "--auth", "SHA-1")


def test_a_trace_tells_type_id_and_oids() -> None:
    get = encode(V2C, b"public", Question(GET, ((1, 3, 6, 1),)), 0x01020304)
    assert described(get) == "v2c GET id 16909060, 1 varbinds: 1.3.6.1"
    assert "GETBULK" in described(encode(V2C, b"public", Question(GET_BULK, ((1, 3, 6),), 7), 0x01020304))
    assert "public" not in described(get)


@pytest.mark.parametrize("octets", [b"", b"\x00", b"\x30", b"\x30\x82\xff", bytes(range(256)), b"\x30\x03\x02\x01\x03"])
def test_a_trace_shows_whatever_comes(octets: bytes) -> None:
    assert described(octets).startswith("no SNMP message")
