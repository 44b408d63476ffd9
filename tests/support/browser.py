"""A real browser at a page of ours: what it complains of, and whom else it asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Dialog, Error, Page, Request, async_playwright


@dataclass
class Tab:
    """One tab. `complaints`: console errors, uncaught exceptions, dialogs; `strangers`: requests to other hosts."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Begin to listen."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.on("dialog", self._on_dialog)
        self.page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.complaints.append(f"exception: {error}")

    async def _on_dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        if request.url.startswith("http") and urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.strangers.append(request.url)

    async def go(self, path: str) -> None:
        """Open a page of the service."""
        await self.page.goto(self.url + path)

    async def is_too_wide(self) -> bool:
        """Whether the page scrolls sideways."""
        return bool(
            await self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        )


@asynccontextmanager
async def browser_of(chromium: str) -> AsyncIterator[Browser]:
    """A running Chromium without a window."""
    async with async_playwright() as playwright:
        # A test's own pages need no sandbox, and as root Chromium would not start with one.
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def tab_of(browser: Browser, url: str, **options: Any) -> AsyncIterator[Tab]:
    """A tab with cookies of its own. Afterwards: nothing was complained of and no other host was asked."""
    context = await browser.new_context(**options)
    try:
        tab = Tab(await context.new_page(), url)
        tab.watch()
        yield tab
        assert not tab.complaints, tab.complaints
        assert not tab.strangers, tab.strangers
    finally:
        await context.close()
