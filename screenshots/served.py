"""Makes the picture of `pcsim serve` in a browser, by a real one.

    python screenshots/served.py      writes screenshots/served.png

It needs Chromium and playwright (Apache-2.0), and the extra `serve`. The run is in real time, so no
two pictures are the same.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FILE = Path(__file__).with_name("served.png")
ARGUMENTS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


def main() -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "pcsim", "serve", "9"], stderr=subprocess.PIPE, text=True
    )
    try:
        line = server.stderr.readline() if server.stderr is not None else ""
        address = next(word for word in line.split() if "://" in word)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=ARGUMENTS
            )
            page = browser.new_page(viewport={"width": 1160, "height": 760})
            page.goto(address)
            page.wait_for_selector("body.-first-byte")
            page.wait_for_timeout(2000)
            page.screenshot(path=FILE)
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
