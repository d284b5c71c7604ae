"""A real Chromium for page tests: Debian's, or the one `DUIBIAO_CHROMIUM` names.

Every context notes what a page should never do: ask another host, speak on the console, fail to
load. A test ends by asking `Visit.nothing_odd()`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from duibiao.web.cookies import NAME

CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")
NAMES = ("chromium", "chromium-browser", "google-chrome")
AXE = Path(__file__).parent / "axe"
BUILD = Path(__file__).resolve().parents[2] / "build" / "axe"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
)


def executable() -> str | None:
    """Return where Chromium is, None where there is none."""
    named = os.environ.get("DUIBIAO_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium; skip the test where the machine has none."""
    path = executable()
    if path is None:
        pytest.skip("no Chromium on this machine; `bash tests/setup` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


def axe_source() -> str:
    """Return the script of axe-core; skip the test where it has not been installed."""
    script = BUILD / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip("axe-core is not here; `bash tests/setup` installs it, with npm")
    return script.read_text("utf-8")


@dataclass
class Visit:
    """One reader's visit to one host."""

    page: Page
    url: str
    outside: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def failed(self, request: Request) -> None:
        """Note a request that failed; what was under way ends when the page is left."""
        if request.failure != "net::ERR_ABORTED":
            self.said.append(f"failed: {request.url}")

    def go(self, path: str) -> None:
        answer = self.page.goto(f"{self.url}{path}")
        assert answer is not None
        assert answer.status == 200, path

    def nothing_odd(self) -> None:
        """Nothing was asked of another host, and the browser had nothing to complain of."""
        assert self.outside == []
        assert self.said == []


@contextmanager
def visit(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    script: bool = True,
    scheme: Literal["light", "dark"] = "light",
    session: str = "",
) -> Iterator[Visit]:
    """Open a fresh window, without memory of earlier ones; other hosts are out of reach."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        java_script_enabled=script,
        locale="zh-CN",
        color_scheme=scheme,
    )
    if session:
        context.add_cookies([{"name": NAME, "value": session, "url": url}])
    one = Visit(context.new_page(), url)
    host = urlsplit(url).netloc

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).netloc == host:
            route.continue_()
        else:
            one.outside.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    one.page.on("console", lambda message: one.said.append(message.text))
    one.page.on("pageerror", lambda error: one.said.append(str(error)))
    one.page.on("requestfailed", one.failed)
    try:
        yield one
    finally:
        context.close()
