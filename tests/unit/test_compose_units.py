"""deploy/systemd: systemd can read the units, and what they tell the services is what the services ask for."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.collector.settings import CollectorSettings
from services.glpi_sync.settings import GlpiSyncSettings
from services.scheduler.settings import SchedulerSettings
from services.status_api.settings import StatusApiSettings
from shared.settings import Settings
from shared.topology.rights import RIGHTS
from tests.support.process import ROOT

FOLDER = ROOT / "deploy/systemd"
# Unit as it is enabled → the files that make it up, what %i is, and the settings of the service that it starts.
UNITS: dict[str, tuple[tuple[str, ...], str, type[Settings]]] = {
    "printsweep@scheduler.service": (("printsweep@.service",), "scheduler", SchedulerSettings),
    "printsweep@glpi_sync.service": (
        ("printsweep@.service", "printsweep@glpi_sync.service.d/secrets.conf"),
        "glpi_sync",
        GlpiSyncSettings,
    ),
    "printsweep@status_api.service": (
        ("printsweep@.service", "printsweep@status_api.service.d/secrets.conf"),
        "status_api",
        StatusApiSettings,
    ),
    "printsweep-collector@1.service": (("printsweep-collector@.service",), "1", CollectorSettings),
}


def _lines(unit: str) -> list[tuple[str, str]]:
    files, instance, _ = UNITS[unit]
    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in files)
    for short, value in (("%i", instance), ("%d", "/credentials"), ("%H", "host")):
        text = text.replace(short, value)
    return [(m[1], m[2]) for m in re.finditer(r"^(\w+)=(.*)$", text, re.MULTILINE)]


def _environment(unit: str) -> dict[str, str]:
    words = [word for key, value in _lines(unit) if key == "Environment" for word in value.split()]
    return dict(word.split("=", 1) for word in words)


@pytest.mark.parametrize("unit", UNITS)
def test_the_settings_are_known_and_each_secret_is_handed_over(
    unit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in [n for n in os.environ if n.startswith("PRINTSWEEP_")]:
        monkeypatch.delenv(known)
    handed = {value.split(":", 1)[0] for key, value in _lines(unit) if key == "LoadCredential"}
    for name in handed:
        (tmp_path / name).write_text(name)
    for key, value in _environment(unit).items():
        if value.startswith("/credentials/"):
            assert value.removeprefix("/credentials/") in handed, key
        if key.startswith("PRINTSWEEP_"):
            monkeypatch.setenv(key, value.replace("/credentials", str(tmp_path)))
    settings = UNITS[unit][2].load()
    assert settings.amqp_user in {r.user for r in RIGHTS}
    assert settings.amqp_password is not None
    assert settings.amqp_password.get_secret_value() == "broker"


@pytest.mark.parametrize("unit", UNITS)
def test_it_is_restarted_for_ever_and_keeps_its_data_where_it_may_write(unit: str) -> None:
    lines = dict(_lines(unit))
    assert lines["Restart"] == "always"
    assert lines["StartLimitIntervalSec"] == "0"
    assert lines["DynamicUser"] == "yes"
    assert _environment(unit)["PRINTSWEEP_DATA_DIR"] == f"/var/lib/{lines['StateDirectory']}"
    module = re.search(r"-m (\S+)", lines["ExecStart"])
    assert module is not None
    assert (ROOT / module[1].replace(".", "/") / "__main__.py").is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_to_say(tmp_path: Path) -> None:
    for file in FOLDER.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(FOLDER)
            copy.parent.mkdir(exist_ok=True)
            # The interpreter that the units name need not be on this machine.
            copy.write_text(file.read_text().replace("/opt/printsweep/.venv/bin/python", sys.executable))
    for unit, (files, _, _) in UNITS.items():
        shutil.copy(tmp_path / files[0], tmp_path / unit)
    names = [*UNITS, "printsweep-topology.service", "printsweep.target"]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(f"./{name}" for name in names)],
        cwd=tmp_path,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    mentioned = [line for line in (done.stdout + done.stderr).splitlines() if "printsweep" in line]
    assert (done.returncode, mentioned) == (0, [])
