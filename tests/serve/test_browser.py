"""`pcsim serve` in a real browser: keys work without a click, and nothing is asked of others."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")
sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright here")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")

PATIENCE = 60_000.0
"""Milliseconds."""
ARGUMENTS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


@pytest.fixture(params=["the same run", "--own-run"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server of demo 3."""
    options = ["--own-run"] if request.param == "--own-run" else []
    server = subprocess.Popen(
        [sys.executable, "-m", "pcsim", "serve", "3", *options],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    with server:
        try:
            yield next(word for word in server.stderr.readline().split() if "://" in word)
        finally:
            server.terminate()


def test_keys_work_without_a_click_and_no_other_site_is_asked(address: str) -> None:
    """Leaving the app ends the session, and the page says so."""
    asked: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector("body.-first-byte", timeout=PATIENCE)
        page.keyboard.press("s")
        page.keyboard.press("x")
        page.keyboard.press("x")
        page.keyboard.press("q")
        page.wait_for_selector("body.-closed #ended", timeout=PATIENCE)
        assert page.is_visible("#ended")
        browser.close()
    host = address.split("/")[2]
    assert asked
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {host}
