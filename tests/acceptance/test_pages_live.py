"""The pages in a real browser, at a real status_api with a real broker: what is live, what a person can do."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from services.status_api.pages.figures import count, duration, rate
from shared.messages.envelope import build
from shared.messages.kinds import kind
from tests.support import VirtualHost
from tests.support.browser import browser_of, tab_of
from tests.support.status import Api, Broker, answer_commands, at, broker_of, new_id, printer, reading, result

pytestmark = pytest.mark.acceptance

HOSTILE = "<script>window.ran=1</script><img src=x onerror='window.ran=1'>\"'}}{{7*7}}"
OVERRIDE = "\u202egnp.exe"
PAGES = ("/", "/printers", "/printers/1", "/sweeps", "/dead", "/glpi")


@pytest.fixture
async def bus(vhost: VirtualHost) -> AsyncIterator[Broker]:
    async with broker_of(vhost) as found:
        yield found


@pytest.fixture
async def api(bus: Broker, start_service: Any) -> AsyncIterator[Api]:
    process = start_service(
        "services.status_api", bus.vhost.environment | {"PRINTSWEEP_STATUS_API_PORT": "0"}, name="status_api"
    )
    info = await process.ready()
    async with aiohttp.ClientSession() as session:
        yield Api(info["url"], session)


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with browser_of(chromium) as found:
        yield found


async def inventory(bus: Broker, api: Api, entries: list[dict[str, Any]]) -> None:
    for start in range(0, len(entries), 500):
        await bus.send("printers.changed", {"version": 1 + start, "changed": entries[start : start + 500]})
    await api.until("/api/summary", lambda s: s["printers"]["total"] == len(entries))


async def open_sweep(bus: Broker, ids: list[int], opened: float = 1) -> tuple[str, dict[int, str]]:
    sweep_id, polls = new_id(), {i: new_id() for i in ids}
    counts = {"planned": len(ids)}
    opened = {"sweep_id": sweep_id, "slot": at(), "opened_at": at(opened), "reason": "scheduled", "counts": counts}
    await bus.send("sweep.opened", opened)
    refs = [{"poll_id": p, "printer_id": i, "site": "main"} for i, p in polls.items()]
    requested = {"sweep_id": sweep_id, "lane": "routine", "requested_at": at(2), "polls": refs}
    await bus.send("polls.requested", requested)
    return sweep_id, polls


async def finish(bus: Broker, *results: dict[str, Any]) -> None:
    await bus.send("polls.finished", {"collector": "c", "results": list(results)})


async def test_a_sweep_moves_without_a_reload(bus: Broker, api: Api, browser: Browser) -> None:
    await inventory(bus, api, [printer(i) for i in range(1, 5)])
    sweep_id, polls = await open_sweep(bus, [1, 2, 3, 4])
    await api.until("/api/sweeps/latest", lambda s: s["requested"] == 4)
    async with tab_of(browser, api.url) as tab:
        await tab.go("/")
        await expect(tab.page.locator("#live")).to_have_attribute("data-state", "live")
        await expect(tab.page.locator("#live")).to_contain_text("Live")
        await tab.page.evaluate("window.sameDocument = true")
        card = tab.page.locator(f'.card[data-sweep="{sweep_id}"]')
        bar = card.locator("[role=progressbar]")
        await expect(bar).to_have_attribute("aria-valuenow", "0")

        await finish(
            bus, result(1, polls[1], sweep_id=sweep_id), result(2, polls[2], sweep_id=sweep_id, state="FAILED")
        )
        await expect(card.locator('[data-bind="done"]')).to_have_text("1")
        await expect(card.locator('[data-bind="failed"]')).to_have_text("1")
        await expect(card.locator('[data-bind="percent"]')).to_have_text("50.0")
        await expect(bar).to_have_attribute("aria-valuenow", "2")
        await expect(card.locator('[data-seg="done"]')).to_have_attribute("width", "250")

        await finish(bus, *(result(i, polls[i], sweep_id=sweep_id) for i in (3, 4)))
        counts = {"planned": 4, "requested": 4, "done": 3, "failed": 1}
        await bus.send("sweep.closed", {"sweep_id": sweep_id, "closed_at": at(60), "counts": counts})
        await expect(card).to_contain_text("Closed")
        await expect(tab.page.locator("#part-recent .recent")).to_contain_text("3 / 4")
        next_id, _ = await open_sweep(bus, [1, 2], 90)  # the next round takes the place of the last one
        await expect(tab.page.locator(f'.card[data-sweep="{next_id}"]')).to_contain_text("Running")
        assert await tab.page.evaluate("window.sameDocument")

        await tab.go(f"/sweeps/{sweep_id}")
        await expect(tab.page.locator("#part-polls")).to_contain_text("It did not answer.")


async def test_what_devices_say_never_runs(bus: Broker, api: Api, browser: Browser) -> None:
    await inventory(bus, api, [printer(1, name=HOSTILE + OVERRIDE, tags=[HOSTILE]), printer(2)])
    supply = {"index": "1.1", "type": "toner", "color": "black", "description": HOSTILE, "percent": 2, "state": "low"}
    said = reading(
        10,
        HOSTILE,
        supplies=[supply],
        alerts=[{"severity": "critical", "description": HOSTILE, "code": HOSTILE}],
        console=[HOSTILE],
        trays=[{"index": "1", "name": HOSTILE, "media": HOSTILE}],
        counters={HOSTILE[:100]: 5},
    )
    said["identity"] |= {"model": HOSTILE, "manufacturer": HOSTILE, "location": HOSTILE}
    await finish(bus, result(1, new_id(), reading=said))
    match = {"id": 7, "name": HOSTILE, "entity": HOSTILE}
    verdict = {"printer_id": 1, "serial": "S", "verdict": "FOUND_SINGLE", "matches": [match], "reason": HOSTILE}
    await bus.send("glpi.checked", {"verdicts": [verdict | {"checked_at": at()}]})
    body = json.dumps({"text": HOSTILE + OVERRIDE}, ensure_ascii=False).encode()
    await bus.raw(build(kind("polls.finished"), body), "record", "polls.finished")
    await api.until("/api/printers/1", lambda p: p["model"] and p["glpi_verdict"])
    letters = await api.until("/api/dead", lambda found: len(found["items"]) == 1)
    async with tab_of(browser, api.url) as tab:
        for path in (*PAGES, f"/dead/{letters['items'][0]['id']}", "/printers?q=" + "%3Cscript%3E"):
            await tab.go(path)
            await expect(tab.page.locator("#live")).to_have_attribute("data-state", "live")
            await expect(tab.page.locator("main")).to_contain_text("<script>" if "/sweeps" not in path else "sweep")
            assert await tab.page.evaluate("window.ran") is None
            assert await tab.page.locator("main img, main script").count() == 0
            assert "\u202e" not in await tab.page.locator("body").inner_text()
        await tab.go(f"/dead/{letters['items'][0]['id']}")
        await expect(tab.page.locator("pre.body")).to_contain_text("⟨U+202E⟩gnp.exe")


async def test_dead_letters_are_replayed_from_the_page(bus: Broker, api: Api, browser: Browser) -> None:
    for text in (b"not JSON", b"[1]", b"{}"):
        await bus.raw(build(kind("polls.finished"), text), "record", "polls.finished")
    await api.until("/api/dead?state=dead", lambda found: len(found["items"]) == 3)
    async with tab_of(browser, api.url) as tab:
        await tab.go("/dead")
        groups, rows = tab.page.locator("#part-groups tbody tr"), tab.page.locator("#part-list tbody tr")
        await expect(rows).to_have_count(3)
        await rows.nth(0).get_by_role("button", name="Replay").click()
        await expect(tab.page.locator("#toasts")).to_contain_text("1 letter was replayed.")
        # It is still malformed: its copy dies again, as a letter of its own.
        await api.until("/api/dead?state=dead", lambda found: len(found["items"]) == 3)
        await tab.go("/dead")
        await expect(rows).to_have_count(4)
        await expect(tab.page.locator("#part-list")).to_contain_text("Replayed")

        await tab.page.get_by_role("checkbox", name="Select all letters").check()
        await tab.page.get_by_role("button", name="Replay 3 selected").click()
        dialog = tab.page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Replay 3 letters?")
        await dialog.get_by_role("button", name="Cancel").click()
        await groups.nth(0).get_by_role("button", name="Replay…").click()
        number = int(await groups.nth(0).locator("td b").inner_text())
        await dialog.get_by_role("button", name=f"Replay {number}").click()
        await expect(tab.page.locator("#toasts")).to_contain_text(re.compile(rf"{number} letters? (was|were) replayed"))
        await api.until("/api/dead?state=replayed", lambda found: len(found["items"]) == 1 + number)
        await api.until("/api/dead?state=dead", lambda found: len(found["items"]) == 3)
        await tab.page.get_by_role("button", name="Replay all…").click()
        await dialog.get_by_role("button", name="Replay 3").click()
        await api.until("/api/dead?state=replayed", lambda found: len(found["items"]) == 4 + number)


async def test_a_printer_is_polled_from_its_page(bus: Broker, api: Api, browser: Browser) -> None:
    today = datetime.now(UTC) - timedelta(minutes=5)
    await inventory(bus, api, [printer(1)])
    await finish(bus, result(1, new_id(), reading=reading(1000, counters={"mono": 600}), read_at=at(-60, base=today)))
    poll_id = new_id()

    def answer(name: str, body: dict[str, Any]) -> dict[str, Any]:
        assert (name, body["printer_ids"]) == ("poll.order.v1", [1])
        polls = [{"poll_id": poll_id, "printer_id": 1, "state": "PENDING"}]
        return {"ok": True, "result": {"order_id": new_id(), "polls": polls}}

    await api.until("/api/printers/1", lambda p: p["total"] == 1000)
    async with answer_commands(bus, answer), tab_of(browser, api.url) as tab:
        await tab.go("/printers/1")
        counters = tab.page.get_by_role("region", name="Counters")
        await expect(counters).to_contain_text("1,000")
        await expect(counters).to_contain_text("1.3.6.1")  # every number shows where it came from
        poll_now = tab.page.get_by_role("button", name="Poll now")
        await poll_now.click()
        await expect(poll_now).to_have_attribute("aria-busy", "true")
        await finish(bus, result(1, poll_id, reading=reading(1042, counters={"mono": 620}), read_at=at(60, base=today)))
        await expect(tab.page.locator("#toasts")).to_contain_text("The printer was read.")
        await expect(counters).to_contain_text("1,042")
        await expect(tab.page.locator('[data-plot="pages"] canvas')).to_be_visible()
        assert await tab.page.title() == "Printer 1 · printsweep"


async def test_lists_filter_and_grow_and_fit_a_phone(bus: Broker, api: Api, browser: Browser) -> None:
    await inventory(bus, api, [printer(i, site="hq" if i % 2 else "plant") for i in range(1, 131)])
    await finish(bus, result(1, new_id(), site="hq"), result(2, new_id(), site="plant", state="FAILED"))
    await api.until("/api/printers?state=FAILED", lambda found: len(found["items"]) == 1)
    await open_sweep(bus, [1, 2])
    async with tab_of(browser, api.url, viewport={"width": 390, "height": 844}) as tab:
        for path in (*PAGES, "/printers/2", "/login"):
            await tab.go(path)
            assert not await tab.is_too_wide(), path
        await tab.go("/printers")
        rows = tab.page.locator("#part-list tbody tr")
        await expect(rows).to_have_count(100)
        await tab.page.get_by_role("link", name="Load more").click()
        await expect(rows).to_have_count(130)
        await tab.page.get_by_label("Site").select_option("plant")
        await expect(rows).to_have_count(65)
        assert tab.page.url.endswith("/printers?site=plant")
        await tab.page.get_by_role("searchbox").fill("Printer 12")
        await expect(rows).to_have_count(6)  # 12, 120, 122, 124, 126, 128
        await tab.page.get_by_label("State").select_option("FAILED")
        await expect(tab.page.locator("#part-list")).to_contain_text("No printer fits.")


async def test_it_works_without_javascript(bus: Broker, api: Api, browser: Browser) -> None:
    await inventory(bus, api, [printer(i) for i in (1, 2)])
    await finish(bus, result(1, new_id(), reading=reading(4321)))
    await api.until("/api/printers/1", lambda p: p["total"] == 4321)
    await open_sweep(bus, [1, 2])
    await api.until("/api/sweeps/latest", lambda s: s["requested"] == 2)
    async with tab_of(browser, api.url, java_script_enabled=False) as tab:
        await tab.go("/")
        assert "JavaScript is off" in await tab.page.content()
        await expect(tab.page.locator("#part-sweep")).to_contain_text("of 2")
        await expect(tab.page.locator("#part-queues")).to_contain_text("status.record")
        await tab.page.get_by_role("link", name="Printers", exact=True).click()
        await expect(tab.page.locator("#part-list")).to_contain_text("4,321")
        await tab.page.get_by_role("searchbox").fill("Printer 2")
        await tab.page.get_by_role("button", name="Filter").click()
        await expect(tab.page.locator("#part-list tbody tr")).to_have_count(1)


async def test_the_page_says_when_it_is_stale_and_comes_back(
    bus: Broker, browser: Browser, start_service: Any, unused_tcp_port: int
) -> None:
    environment = bus.vhost.environment | {"PRINTSWEEP_STATUS_API_PORT": str(unused_tcp_port)}
    process = start_service("services.status_api", environment, name="status_api")
    info = await process.ready()
    async with aiohttp.ClientSession() as session:
        api = Api(info["url"], session)
        async with tab_of(browser, api.url) as tab:
            await tab.go("/")
            live = tab.page.locator("#live")
            await expect(live).to_have_attribute("data-state", "live")
            process.kill()
            await expect(live).to_contain_text(re.compile("Reconnecting|Stale since"))
            await expect(live).to_contain_text("Stale since", timeout=20_000)
            process.start()
            await process.ready()
            await inventory(bus, api, [printer(1)])
            await expect(live).to_contain_text("Live", timeout=60_000)
            await expect(tab.page.locator("#part-figures .tile-figure").first).to_have_text("1", timeout=20_000)
            # While the service was away the browser could only report that nothing answered.
            tab.complaints = [one for one in tab.complaints if "ERR_" not in one]


HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


FORMATTED = """async ([path, values]) => {
    const figures = await import(path);
    return values.map((value) => [figures.count(value), figures.rate(value), figures.duration(value)]);
}"""


async def test_figures_are_the_server_s_and_unseen_pages_hold_no_connection(api: Api, browser: Browser) -> None:
    values = [None, 0, 0.01, 0.04, 0.4, 1, 9.94, 9.96, 12, 59.4, 60, 61, 200, 3599, 3600, 7380, 86_399, 90_061, 1e6]
    async with tab_of(browser, api.url) as tab:
        await tab.go("/")
        address = await tab.page.get_attribute("script[type=module]", "src")
        assert address is not None
        found = await tab.page.evaluate(FORMATTED, [address.replace("app.js", "format.js"), values])
        assert found == [[count(v), rate(v), duration(v)] for v in values]

        live = tab.page.locator("#live")
        await expect(live).to_have_attribute("data-state", "live")
        await tab.page.evaluate(HIDE, True)
        await expect(live).to_have_text("Paused")
        await tab.page.evaluate(HIDE, False)
        await expect(live).to_have_attribute("data-state", "live")


async def test_signing_in_and_what_each_role_sees(
    bus: Broker, browser: Browser, start_service: Any, tmp_path: Path
) -> None:
    tokens = {"olga": "operator", "vera": "viewer"}
    entries = [{"name": n, "role": r, "sha256": hashlib.sha256(n.encode()).hexdigest()} for n, r in tokens.items()]
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({"tokens": entries}))
    environment = {"PRINTSWEEP_STATUS_API_PORT": "0", "PRINTSWEEP_STATUS_API_TOKENS_FILE": str(file)}
    info = await start_service("services.status_api", bus.vhost.environment | environment, name="status_api").ready()

    def answer(name: str, _: dict[str, Any]) -> dict[str, Any]:
        assert name == "sweep.order.v1"
        return {"ok": True, "result": {"sweep_id": new_id(), "planned": 7, "backed_off": 0}}

    async with answer_commands(bus, answer), tab_of(browser, info["url"]) as tab:
        await tab.go("/printers?site=hq")
        await expect(tab.page).to_have_url(re.compile("/login"))
        token, sign_in = tab.page.get_by_label("Token"), tab.page.get_by_role("button", name="Sign in")
        await token.fill("nobody")
        await sign_in.click()
        await expect(tab.page.get_by_role("alert")).to_have_text("This token is not known.")
        await token.fill("olga")
        await sign_in.click()
        await expect(tab.page.get_by_role("heading", name="Overview")).to_be_visible()
        await tab.page.get_by_role("button", name="Sweep now").click()
        await tab.page.get_by_role("dialog").get_by_role("button", name="Sweep now").click()
        await expect(tab.page.locator("#toasts")).to_contain_text("A sweep of 7 printers has begun.")
        await tab.page.get_by_role("button", name="Sign out").click()
        await expect(tab.page).to_have_url(re.compile("/login"))
        await token.fill("vera")
        await sign_in.click()
        await expect(tab.page.locator("#live")).to_have_attribute("data-state", "live")
        assert await tab.page.get_by_role("button", name="Sweep now").count() == 0
