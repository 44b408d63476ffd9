"""The GLPI client against the simulated GLPI in both releases, with every fault that it can be given."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from lab.glpi import Device, GlpiLab, Tokens, build
from lab.glpi.dialect import Version
from lab.glpi.fleet import NORTH
from services.glpi_sync.client import (
    GlpiAccess,
    GlpiSession,
    errors,
    find_serials,
    read_entities,
    read_printers,
)
from services.glpi_sync.client.errors import GlpiError
from services.glpi_sync.serials import normal_form
from services.glpi_sync.verdicts import index_of, judge
from shared.errors import Verdict

TOKENS = Tokens(app="app-token", user="user-token", admin="admin-token")
DEVICES = [
    *(Device(f"d{n}", f"prn-{n}", f"SER{n:04}K", "LaserJet", "HP") for n in range(120)),
    Device("none", "no serial", "", "LaserJet", "HP"),
    Device("zeros", "placeholder", "0000000000", "LaserJet", "HP"),
    Device("accent", "special", "Gerät&<7>", "LaserJet", "HP"),
]


@pytest.fixture(params=["10", "11"])
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[GlpiLab]:
    version: Version = request.param
    world, expected = build(DEVICES, version, user_token=TOKENS.user, admin_token=TOKENS.admin)
    async with GlpiLab(world, expected=expected, tokens=TOKENS) as server:
        yield server


@pytest.fixture
def access(lab: GlpiLab) -> GlpiAccess:
    return GlpiAccess(lab.url, TOKENS.app, TOKENS.user, call_timeout=20)


@pytest.fixture
async def glpi(access: GlpiAccess) -> AsyncIterator[GlpiSession]:
    async with GlpiSession(access) as session:
        yield session


async def test_login_opens_all_entities_and_logs_out(lab: GlpiLab, access: GlpiAccess) -> None:
    async with GlpiSession(access) as glpi:
        assert glpi.entities == {0, 1, 2, 3}
    assert lab.requests["GET killSession"] == 1
    assert lab.api.sessions.expire_all() == 0


async def test_entity_names_are_plain_text(glpi: GlpiSession) -> None:
    assert await read_entities(glpi) == {
        0: "Root entity",
        1: "Root entity > Client North",
        2: "Root entity > Client North > Depot",
        3: "Root entity > Client South & Sons",
    }


@pytest.mark.parametrize("page", [2, 7, 1000])
async def test_all_printers_are_read_without_templates(lab: GlpiLab, glpi: GlpiSession, page: int) -> None:
    printers = await read_printers(glpi, page=page)
    rows = [row for row in lab.world.printers.values() if not row["is_template"]]
    rows.sort(key=lambda row: (row["is_deleted"], row["id"]))
    assert [printer.id for printer in printers] == [row["id"] for row in rows]
    assert [printer.in_trash for printer in printers] == [bool(row["is_deleted"]) for row in rows]
    assert [printer.is_dynamic for printer in printers] == [bool(row["is_dynamic"]) for row in rows]
    assert [printer.entity_id for printer in printers] == [row["entities_id"] for row in rows]
    assert "A&B<1>" in {printer.serial for printer in printers}


async def test_an_empty_glpi_is_an_empty_list(lab: GlpiLab, glpi: GlpiSession) -> None:
    lab.world.printers.clear()
    assert await read_printers(glpi) == []


async def test_the_verdicts_are_those_that_the_rows_imply(lab: GlpiLab, glpi: GlpiSession) -> None:
    index = index_of(await read_printers(glpi))
    for device in DEVICES:
        judgement, expected = judge(device.serial, index), lab.expected[device.id]
        assert judgement.verdict == expected.verdict, device
        assert [match.id for match in judgement.matches if not match.in_trash] == expected.ids
        assert [match.id for match in judgement.matches if match.in_trash] == expected.trashed_ids


async def test_looking_up_single_serials_gives_the_same_verdicts(lab: GlpiLab, glpi: GlpiSession) -> None:
    found = await find_serials(glpi, [device.serial for device in DEVICES])
    assert "" not in found
    for device in DEVICES:
        assert judge(device.serial, found).verdict == lab.expected[device.id].verdict, device
    index = index_of(await read_printers(glpi))
    assert found == {serial: index.get(serial, []) for serial in found}


async def test_no_serial_asks_nothing(lab: GlpiLab, glpi: GlpiSession) -> None:
    before = lab.requests.total()
    assert await find_serials(glpi, ["", " ", "\0"]) == {}
    assert lab.requests.total() == before


async def test_a_serial_that_is_part_of_many_is_still_found(lab: GlpiLab, glpi: GlpiSession) -> None:
    for number in range(1100):
        lab.world.add_printer(f"p{number}", f"{number:05}ZZ", entities_id=NORTH)
    wanted = lab.world.add_printer("short", "ZZ", entities_id=NORTH)
    found = await find_serials(glpi, ["ZZ", "00007ZZ", "NOWHERE"])
    assert [printer.id for printer in found["ZZ"]] == [wanted]
    assert len(found["00007ZZ"]) == 1
    assert found["NOWHERE"] == []


async def test_a_printer_that_goes_away_during_the_look_up(
    lab: GlpiLab, glpi: GlpiSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = next(device for device in DEVICES if lab.expected[device.id].verdict == "FOUND_SINGLE")
    search = lab.api._search

    def vanishing(*args: object) -> object:
        answer = search(*args)  # type: ignore[arg-type]
        lab.world.printers.clear()
        return answer

    monkeypatch.setattr(lab.api, "_search", vanishing)
    assert await find_serials(glpi, [device.serial]) == {normal_form(device.serial): []}


async def test_an_expired_session_is_renewed_once(lab: GlpiLab, glpi: GlpiSession) -> None:
    lab.set_faults({"expire_session": True})
    assert await read_printers(glpi)
    assert glpi.logins == 2
    lab.set_faults({"expire_session": True})
    await asyncio.gather(*(glpi.call("GET", "Printer", params={"range": "0-0"}) for _ in range(8)))
    assert glpi.logins == 3


async def test_a_renewed_session_sees_all_entities_again(lab: GlpiLab, glpi: GlpiSession) -> None:
    whole = await read_printers(glpi)
    lab.set_faults({"expire_session": True})
    assert await read_printers(glpi) == whole


async def test_printers_that_move_are_read_again(lab: GlpiLab, glpi: GlpiSession) -> None:
    lab.set_faults({"count_moves": 2})
    printers = await read_printers(glpi, page=50)
    live = sum(1 for row in lab.world.printers.values() if not row["is_deleted"] and not row["is_template"])
    assert sum(1 for printer in printers if not printer.in_trash) == live


async def test_printers_that_never_stop_moving_are_given_up(lab: GlpiLab, glpi: GlpiSession) -> None:
    lab.set_faults({"count_moves": 1000})
    with pytest.raises(errors.GlpiKeepsChanging) as caught:
        await read_printers(glpi, page=50)
    assert caught.value.verdict is Verdict.RETRY


async def test_a_page_that_shifts_under_an_equal_total_is_noticed(
    lab: GlpiLab, glpi: GlpiSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle, pages = lab.api.handle, 0

    def shifting(request: object) -> object:
        nonlocal pages
        answer = handle(request)  # type: ignore[arg-type]
        if answer.status == 206:
            pages += 1
            if pages == 1:  # a printer of the first page goes, another comes at the end
                del lab.world.printers[3]
                lab.world.add_printer("new", "NEW1", entities_id=NORTH)
        return answer

    monkeypatch.setattr(lab.api, "handle", shifting)
    printers = await read_printers(glpi, page=50)
    rows = [row for row in lab.world.printers.values() if not row["is_template"]]
    assert {printer.id for printer in printers} == {row["id"] for row in rows}


async def test_too_many_printers_are_refused(glpi: GlpiSession) -> None:
    with pytest.raises(errors.GlpiTooManyPrinters):
        await read_printers(glpi, max_printers=10)


FAULTS: list[tuple[str, type[GlpiError], type[GlpiError]]] = [  # fault, in 10, in 11
    ("maintenance", errors.GlpiMaintenance, errors.GlpiMaintenance),
    ("database_down", errors.GlpiDatabaseDown, errors.GlpiServerFailed),
    ("empty_200", errors.GlpiEmptyAnswer, errors.GlpiEmptyAnswer),
    ("api_disabled", errors.GlpiApiDisabled, errors.GlpiApiDisabled),
    ("ip_not_allowed", errors.GlpiIpNotAllowed, errors.GlpiIpNotAllowed),
    ("reject_sessions", errors.GlpiSessionRejected, errors.GlpiSessionRejected),
]
RETRIED = {"maintenance", "database_down", "empty_200"}


@pytest.mark.parametrize(("fault", "in_10", "in_11"), FAULTS)
async def test_faults_at_login_and_later(
    lab: GlpiLab, access: GlpiAccess, fault: str, in_10: type[GlpiError], in_11: type[GlpiError]
) -> None:
    situation = in_10 if lab.dialect.version == "10" else in_11
    async with GlpiSession(access) as glpi:
        lab.set_faults({fault: True})
        for attempt in (read_printers(glpi), find_serials(glpi, ["SER0001K"]), read_entities(glpi)):
            with pytest.raises(situation) as caught:
                await attempt
            assert caught.value.verdict is (Verdict.RETRY if fault in RETRIED else Verdict.PARK)
            assert TOKENS.user not in str(caught.value)
    with pytest.raises(situation):
        await GlpiSession(access).__aenter__()
    lab.set_faults({fault: False})
    async with GlpiSession(access) as glpi:
        assert await read_printers(glpi)


async def test_text_before_the_json_is_read_over(lab: GlpiLab, access: GlpiAccess) -> None:
    lab.set_faults({"text_before_json": True})
    async with GlpiSession(access) as glpi:
        assert await read_printers(glpi)
        lab.set_faults({"expire_session": True})
        assert await read_printers(glpi)


async def test_slow_is_not_late(lab: GlpiLab, access: GlpiAccess) -> None:
    lab.set_faults({"slow": 0.01})
    async with GlpiSession(access) as glpi:
        assert await read_printers(glpi)


async def test_a_hanging_glpi_ends_in_a_timeout(lab: GlpiLab, access: GlpiAccess) -> None:
    lab.set_faults({"hang": True})
    with pytest.raises(errors.GlpiTimeout) as caught:
        await GlpiSession(replace(access, call_timeout=0.1)).__aenter__()
    assert caught.value.verdict is Verdict.RETRY


async def test_a_logout_that_fails_does_not_hide_the_work(lab: GlpiLab, access: GlpiAccess) -> None:
    async with GlpiSession(access) as glpi:
        printers = await read_printers(glpi)
        lab.set_faults({"maintenance": True})
    assert printers
    with pytest.raises(errors.GlpiUnreachable, match="closed"):
        await read_printers(glpi)


@pytest.mark.parametrize(
    ("change", "situation"),
    [
        ({"app_token": "wrong"}, errors.GlpiAppTokenRejected),
        ({"user_token": "wrong"}, errors.GlpiBadCredentials),
    ],
)
async def test_wrong_tokens(access: GlpiAccess, change: dict[str, str], situation: type[GlpiError]) -> None:
    with pytest.raises(situation) as caught:
        await GlpiSession(replace(access, **change)).__aenter__()  # type: ignore[arg-type]
    assert caught.value.verdict is Verdict.PARK
    assert "wrong" not in str(caught.value).replace("seems wrong", "").replace("it is wrong", "")


async def test_a_user_without_the_right_or_without_entities(lab: GlpiLab, access: GlpiAccess) -> None:
    user = lab.world.users[0]
    user.rights = frozenset()
    async with GlpiSession(access) as glpi:
        with pytest.raises(errors.GlpiRightMissing):
            await read_printers(glpi)
        with pytest.raises(errors.GlpiRightMissing):
            await find_serials(glpi, ["SER0001K"])
    user.enabled = False
    with pytest.raises(errors.GlpiBadCredentials):
        await GlpiSession(access).__aenter__()


async def test_entities_that_are_refused(lab: GlpiLab, access: GlpiAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.world.entities, "activate", lambda *_args, **_names: False)
    with pytest.raises(errors.GlpiEntitiesRefused):
        await GlpiSession(access).__aenter__()


async def test_an_answer_over_the_limit(lab: GlpiLab, access: GlpiAccess) -> None:
    async with GlpiSession(replace(access, max_answer=5000)) as glpi:
        with pytest.raises(errors.GlpiAnswerTooLarge):
            await read_printers(glpi)


@pytest.mark.parametrize("path", ["", "/nowhere", "/lab/nowhere"])
async def test_another_address_on_the_same_server(lab: GlpiLab, access: GlpiAccess, path: str) -> None:
    with pytest.raises(errors.GlpiWrongAddress):
        await GlpiSession(replace(access, url=lab.origin + path)).__aenter__()


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        access = GlpiAccess(f"http://127.0.0.1:{taken.getsockname()[1]}/apirest.php", "app", "user")
        with pytest.raises(errors.GlpiUnreachable) as caught:
            await GlpiSession(access).__aenter__()
    assert caught.value.verdict is Verdict.RETRY


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[", b"nonsense\r\n\r\n"])
async def test_a_server_that_breaks_off(answer: bytes) -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(errors.GlpiUnreachable) as caught:
            await GlpiSession(GlpiAccess(f"http://127.0.0.1:{port}", "app", "secret-user")).__aenter__()
    assert "secret-user" not in str(caught.value)


async def test_a_redirect_is_not_followed() -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(errors.GlpiWrongAddress):
            await GlpiSession(GlpiAccess(f"http://127.0.0.1:{port}", "app", "user")).__aenter__()
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("glpi.example/apirest.php", "t"),
        ("ftp://glpi.example", "t"),
        ("http://user:pw@glpi.example/apirest.php", "t"),
        ("http://glpi.example/apirest.php?x=1", "t"),
        ("http://glpi.example:99999/", "t"),
        ("http://glpi.example/apirest.php", ""),
        ("http://glpi.example/apirest.php", "secret\r\nX: y"),
    ],
)
def test_an_access_that_cannot_be_used(url: str, token: str) -> None:
    with pytest.raises(ValueError) as caught:
        GlpiAccess(url, "app", token)
    assert "secret" not in str(caught.value)
    assert "pw" not in str(caught.value)


def test_an_access_shows_no_secret() -> None:
    shown = repr(GlpiAccess("https://glpi.example/apirest.php/", "secret-app", "secret-user"))
    assert "secret" not in shown
    assert "https://glpi.example/apirest.php'" in shown
