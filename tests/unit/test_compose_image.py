"""The image: nothing unpinned goes in, no secret goes to its builder, and nobody is root in it."""

import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.support.compose import compose
from tests.support.process import ROOT

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
HEALTHCHECK = ROOT / "deploy/healthcheck.py"


def test_packages_come_from_the_lock_file_with_their_hashes_and_are_not_compiled() -> None:
    assert "--require-hashes -r /tmp/requirements.lock" in DOCKERFILE
    assert "--only-binary :all:" in DOCKERFILE
    assert not re.search(r"apt-get|build-essential|\bgcc\b", DOCKERFILE)


def test_every_stage_that_runs_ends_as_a_user_that_is_not_root() -> None:
    _, *stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)
    for stage in stages[1:]:  # the first only brings packages
        users = re.findall(r"^USER (\S+)", stage, re.MULTILINE)
        assert users, stage.splitlines()[0]
        assert users[-1] == compose()["services"]["scheduler"]["user"]


def test_what_is_copied_is_there_and_is_let_through() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    allowed = {line[1:].rstrip("/") for line in lines if line.startswith("!")}
    assert lines[0] == "*", "all that is not named stays outside"
    for source in re.findall(r"^COPY ([^-]\S*) ", DOCKERFILE, re.MULTILINE):
        assert (ROOT / source).exists()
        assert source.rstrip("/") in allowed
    assert not {name for name in allowed if "secret" in name or name.startswith(".")}


def test_secrets_are_not_in_git() -> None:
    assert "/secrets/" in (ROOT / "deploy/.gitignore").read_text().split()


@pytest.fixture
def address() -> Iterator[str]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/well" else 503)
            self.end_headers()
            self.wfile.write(b"as it is")

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.mark.parametrize(("path", "status"), [("/well", 0), ("/ill", 1)])
def test_the_health_check_tells_what_was_answered(address: str, path: str, status: int) -> None:
    done = subprocess.run([sys.executable, HEALTHCHECK, address + path], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (status, b"as it is")


def test_the_health_check_is_ill_where_nobody_answers() -> None:
    done = subprocess.run([sys.executable, HEALTHCHECK, "http://127.0.0.1:1/"], capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"http://127.0.0.1:1/" in done.stdout
    assert b"Traceback" not in done.stderr
