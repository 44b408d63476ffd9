"""What the client makes of answers that were recorded from real GLPI servers.

The recordings are not part of the project: PRINTSWEEP_RECORDINGS_GLPI names their folder.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from services.glpi_sync.client import errors
from services.glpi_sync.client.answers import read
from services.glpi_sync.client.rows import printer_of

FOLDER = Path(os.environ.get("PRINTSWEEP_RECORDINGS_GLPI") or Path(__file__).parents[3] / "shared" / "glpi")
PATHS = sorted(path for path in FOLDER.glob("glpi-1*/*.json") if path.name != "index.json")
pytestmark = pytest.mark.skipif(
    not PATHS, reason=f"no GLPI recordings in {FOLDER.name}/; PRINTSWEEP_RECORDINGS_GLPI names their folder"
)

PRINTERS = [
    path
    for path in PATHS
    if path.stem
    in {"get-printer", "get-trashed", "after-inventory-get-printer", "sanitized-off-get", "list-searchtext"}
]

SITUATIONS: dict[str, type[errors.GlpiError] | tuple[type[errors.GlpiError], type[errors.GlpiError]]] = {
    # name of the recording: the situation, or the ones in 10 and in 11
    "after-kill": errors.GlpiSessionRejected,
    "bad-session-token": errors.GlpiSessionRejected,
    "lang-fr-badtoken": errors.GlpiSessionRejected,
    "session-expired-search": errors.GlpiSessionRejected,
    "session-token-illegal-chars": (errors.GlpiSessionRejected, errors.GlpiServerFailed),
    "no-session-token": errors.GlpiSessionRejected,
    "init-no-apptoken": errors.GlpiAppTokenRejected,
    "init-wrong-apptoken": errors.GlpiAppTokenRejected,
    "init-no-credentials": errors.GlpiBadCredentials,
    "init-wrong-usertoken": errors.GlpiBadCredentials,
    "init-wrong-basic": errors.GlpiBadCredentials,
    "init-user-disabled": errors.GlpiBadCredentials,
    "init-no-profile": errors.GlpiBadCredentials,
    "init-api-disabled": errors.GlpiApiDisabled,
    "search-api-disabled": errors.GlpiApiDisabled,
    "init-ip-not-allowed": errors.GlpiIpNotAllowed,
    "printer-ip-not-allowed": errors.GlpiIpNotAllowed,
    "init-maintenance": errors.GlpiMaintenance,
    "search-maintenance": errors.GlpiMaintenance,
    "put-maintenance": errors.GlpiMaintenance,
    "init-db-down": (errors.GlpiDatabaseDown, errors.GlpiServerFailed),
    "search-db-down": (errors.GlpiDatabaseDown, errors.GlpiServerFailed),
    "put-db-down": (errors.GlpiDatabaseDown, errors.GlpiServerFailed),
    "search-range-inverted": errors.GlpiServerFailed,
    "search-range-exceeds": errors.GlpiKeepsChanging,
    "search-noright": errors.GlpiRightMissing,
    "b-get-other-entity": errors.GlpiRightMissing,
    "get-missing": errors.GlpiItemMissing,
    "bad-field": errors.GlpiRequestRefused,
    "malformed-criteria": errors.GlpiRequestRefused,
    "change-entity-badbool": errors.GlpiRequestRefused,
    "unknown-resource": errors.GlpiRequestRefused,
}


def _answer(path: Path) -> tuple[int, bytes, str, Any]:
    response = json.loads(path.read_text())["response"]
    body = response["body"]
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return response["status"], raw, response["headers"].get("Content-Range", ""), body


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_recorded_answer_is_an_answer_or_the_right_situation(path: Path) -> None:
    status, raw, content_range, body = _answer(path)
    expected = SITUATIONS.get(path.stem)
    if isinstance(expected, tuple):
        expected = expected[0 if "glpi-10" in path.parent.name else 1]
    if expected is not None or status >= 400 or isinstance(body, str):
        with pytest.raises(errors.GlpiError) as caught:
            read(status, raw, content_range)
        assert expected is None or type(caught.value) is expected
        return
    answer = read(status, raw, content_range)
    assert answer.body == body
    if content_range:
        assert answer.total == int(content_range.rpartition("/")[2])


@pytest.mark.parametrize("path", PRINTERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_recorded_printers_are_read(path: Path) -> None:
    status, raw, content_range, _ = _answer(path)
    answer = read(status, raw, content_range)
    for row in answer.body if isinstance(answer.body, list) else [answer.body]:
        printer = printer_of(row)
        assert printer is not None
        assert (printer.id, printer.serial, printer.in_trash) == (row["id"], row["serial"], bool(row["is_deleted"]))
        assert printer.entity_id == row["entities_id"]
