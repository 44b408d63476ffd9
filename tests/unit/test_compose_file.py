"""docker-compose.yml keeps its promises: who may do what, what is reachable, what starts after what."""

import re
from typing import Any

import pytest

from shared.words import ROLES
from tests.support.compose import compose
from tests.support.process import ROOT

SERVICES: dict[str, Any] = compose()["services"]
DEMO = {name for name, service in SERVICES.items() if service.get("profiles") == ["demo"]}
OURS = {name: service for name, service in SERVICES.items() if name != "rabbitmq"}
ONE_SHOT = {"topology", "demo-topology", "demo-order", "cli"}


def test_brings_the_broker_the_topology_step_and_the_four_services() -> None:
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == {"rabbitmq", "topology", *ROLES}
    assert {"lab", "lab-glpi", "demo-collector", "demo-order"} <= DEMO


@pytest.mark.parametrize("name", OURS)
def test_has_no_more_rights_than_it_needs(name: str) -> None:
    service = OURS[name]
    uid, gid = service["user"].split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["init"] is True, "a SIGTERM that comes early would be ignored"


def test_the_broker_has_only_the_capabilities_to_become_its_own_user() -> None:
    broker = SERVICES["rabbitmq"]
    assert broker["cap_drop"] == ["ALL"]
    assert set(broker["cap_add"]) == {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    assert broker["security_opt"] == ["no-new-privileges:true"]
    assert broker["hostname"], "without it the data of a new container is not found"


def test_the_brokers_health_check_cannot_make_the_cookie_as_root() -> None:
    assert SERVICES["rabbitmq"]["healthcheck"]["test"][:3] == ["CMD", "gosu", "rabbitmq"]


@pytest.mark.parametrize("name", SERVICES)
def test_logs_are_bounded(name: str) -> None:
    options = SERVICES[name]["logging"]["options"]
    assert re.fullmatch(r"\d+m", options["max-size"])
    assert int(options["max-file"]) <= 5


@pytest.mark.parametrize("name", SERVICES)
def test_publishes_on_loopback_only(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("127.0.0.1:"), port


def test_publishes_the_page_and_the_brokers_own_at_their_places() -> None:
    assert {port for service in SERVICES.values() for port in service.get("ports", [])} == {
        "127.0.0.1:15672:15672",
        "127.0.0.1:8080:8080",
    }


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
def test_comes_back_by_itself_and_tells_how_it_is(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", sorted(ONE_SHOT))
def test_a_step_does_not_run_for_ever(name: str) -> None:
    assert str(SERVICES[name]["restart"]).startswith(("no", "on-failure:"))


@pytest.mark.parametrize("role", ROLES)
def test_services_wait_for_the_topology(role: str) -> None:
    assert SERVICES[role]["depends_on"]["topology"] == {"condition": "service_completed_successfully"}
    assert SERVICES["topology"]["depends_on"]["rabbitmq"] == {"condition": "service_healthy"}


def test_several_collectors_do_not_stand_in_each_others_way() -> None:
    collector = SERVICES["collector"]
    assert not {"container_name", "hostname", "ports"} & set(collector)
    assert "PRINTSWEEP_INSTANCE" not in collector["environment"]
    assert collector["volumes"] == ["collector:/data"], "one file of plans for all: they learn from each other"
    assert "collector" in compose()["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_waits_only_for_what_is_started_with_it(name: str) -> None:
    for other, condition in (SERVICES[name].get("depends_on") or {}).items():
        assert other in SERVICES
        if other in DEMO and name not in DEMO:
            assert condition.get("required") is False, "without the demo it would never start"


@pytest.mark.parametrize("name", sorted(DEMO - {"lab", "demo-topology"}))
def test_what_speaks_with_simulated_printers_shares_their_network(name: str) -> None:
    assert SERVICES[name]["network_mode"] == "service:lab"
    assert "lab" in SERVICES[name]["depends_on"]


def test_images_are_built_from_the_dockerfiles_targets_by_one_service_each() -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\S+)", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE))
    builders = {s["image"]: s["build"]["target"] for s in OURS.values() if "build" in s}
    assert len(builders) == sum("build" in s for s in OURS.values())
    assert set(builders.values()) <= targets
    for service in OURS.values():
        assert service["image"] in builders
        assert "build" in service or service["pull_policy"] == "never"
