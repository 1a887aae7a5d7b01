"""Measures how long a slow phone takes from the start of the page to a panel in which one can call and type.

Usage, with a running assistant: python -m tools.benchmarks.widget --url http://localhost:5005
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import statistics
import sys
from collections.abc import Sequence

from playwright.sync_api import Browser, Error, sync_playwright

from weerbaar.channels.widget_file import served_widget

# Lighthouse's profile of a phone on slow 4G: round trip in ms, bytes per second down and up, slowdown of the processor.
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1_638_400 / 8, "uploadThroughput": 768_000 / 8}
PROCESSOR = 4
PHONE = {"width": 390, "height": 844}
USABLE = """() => {
    const root = document.querySelector("weerbaar-chat")?.shadowRoot;
    const seen = node => node && node.getBoundingClientRect().height > 0;
    return seen(root?.querySelector("textarea")) && seen(root?.querySelector('a[href="tel:112"]')) && performance.now();
}"""


def seconds_to_panel(browser: Browser, url: str) -> float:
    """Opens the stand-alone page as on a slow phone with an empty cache; returns the seconds to a usable panel."""
    context = browser.new_context(viewport=PHONE, is_mobile=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": PROCESSOR})
    page.goto(url, wait_until="commit")
    seconds = page.wait_for_function(USABLE, polling="raf").json_value() / 1000
    context.close()
    return float(seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints the times; returns exit status 2 when there is no server or no browser."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:5005/")
    parser.add_argument("--times", type=int, default=15)
    options = parser.parse_args(arguments)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        print("Chromium is missing: run tools/scripts/install_browser.sh", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            times: list[float] = [seconds_to_panel(browser, options.url) for _ in range(options.times)]
        except Error as error:
            print(f"no page at {options.url}: {error.message.splitlines()[0]}", file=sys.stderr)
            return 2
    served = served_widget()
    print(f"widget: {len(gzip.compress(served, 9))} bytes gzipped")
    print(f"usable panel: median {statistics.median(times):.2f} s, slowest {max(times):.2f} s of {len(times)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
