"""The profiles file: what is refused and said, and that no secret shows."""

import ipaddress
import json
import traceback
from pathlib import Path

import pytest

from services.collector.errors import ProfilesInvalid
from services.collector.profiles import load
from services.collector.snmp.exchange import V1, V2C

SECRET = "s3cret-community"


def write(folder: Path, text: str, name: str = "profiles.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


GOOD = f"""
[profiles.default]
community = "{SECRET}"
permitted_networks = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]

[profiles.old]
version = "1"
community_file = "community"
timeout_s = 5
retries = 3
permitted_networks = ["10.0.0.0/8"]
"""


def test_profiles_are_read_with_their_secrets_hidden(tmp_path: Path) -> None:
    write(tmp_path, f"{SECRET}\n", "community")
    profiles = load(write(tmp_path, GOOD))
    default, old = profiles["default"], profiles["old"]
    address = ipaddress.ip_address("10.1.2.3")
    assert (default.target(address, 161).version, old.target(address, 161).version) == (V2C, V1)
    assert old.target(address, 161).community == SECRET.encode()
    assert (old.timeout_s, old.retries) == (5.0, 3)
    assert SECRET not in repr(profiles) + repr(old.target(address, 161)) + str(default.model_dump())


@pytest.mark.parametrize(
    ("address", "permitted"),
    [("10.255.0.1", True), ("192.0.2.7", True), ("192.0.2.8", False), ("2001:db8::1", True), ("::1", False)],
)
def test_permitted_networks(tmp_path: Path, address: str, *, permitted: bool) -> None:
    write(tmp_path, SECRET, "community")
    assert load(write(tmp_path, GOOD))["default"].permits(ipaddress.ip_address(address)) is permitted


def test_json_is_understood_too(tmp_path: Path) -> None:
    entry = {"community": SECRET, "permitted_networks": ["127.0.0.0/8"]}
    path = write(tmp_path, json.dumps({"profiles": {"lab": entry}}), "profiles.json")
    assert load(path)["lab"].version == "2c"


NETWORKS = 'permitted_networks = ["10.0.0.0/8"]'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must hold a table `profiles`"),
        ("[profiles]", "at least one profile"),
        (f'[profiles.a]\ncommunity = "{SECRET}"', "permitted_networks: Field required"),
        (f'[profiles.a]\ncommunity = "{SECRET}"\npermitted_networks = []', "permitted_networks"),
        (f'[profiles.a]\ncommunity = "{SECRET}"\npermitted_networks = ["10.0.0.1/8"]', "has host bits set"),
        (f'[profiles.a]\ncommunity = "{SECRET}"\npermitted_networks = ["0.0.0.0/0"]', "whole Internet"),
        (f"[profiles.a]\n{NETWORKS}", "version 2c needs community or community_file"),
        (f'[profiles.a]\ncommunity = "{SECRET}"\nversion = "4"\n{NETWORKS}', "version"),
        (f'[profiles.a]\ncommunity = "{SECRET}"\ncomunity = "x"\n{NETWORKS}', "comunity: Extra inputs"),
        (f'[profiles.a]\ncommunity = "{SECRET}"\ntimeout_s = -1\n{NETWORKS}', "timeout_s"),
        (f'[profiles."a b"]\ncommunity = "{SECRET}"\n{NETWORKS}', "no name for a profile"),
        (f'[profiles.a]\ncommunity_file = "nowhere"\n{NETWORKS}', "nowhere cannot be read"),
        (
            f'[profiles.a]\ncommunity_file = "x"\ncommunity = "{SECRET}"\n{NETWORKS}',
            "both community and community_file",
        ),
        (f'[profiles.a]\ncommunity = {SECRET}"', "line 2"),
        (f'[profiles.a]\ncommunity = ["{SECRET}"]\n{NETWORKS}', "community: Input should be a valid string"),
    ],
)
def test_what_is_wrong_is_said_without_the_secret(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProfilesInvalid) as caught:
        load(write(tmp_path, text))
    assert said in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfilesInvalid, match=r"gone\.toml cannot be read"):
        load(tmp_path / "gone.toml")
