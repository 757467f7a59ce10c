"""How soon the map page shows its first map: ``python -m benchmarks.map_page http://127.0.0.1:8000``, of a running service.

It is no comparison: each run opens the page in a browser of its own, with nothing kept from the run before, and waits until
the page says that the first map is drawn whole, every tile in view included.
"""

import argparse
import shutil
import statistics
import sys
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

__all__ = ["measure_starts"]

# Drawn by the processor where the machine has no graphics card, which is slower than any reader's.
_ARGUMENTS = ("--no-sandbox", "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader")
_MARK = "duogui:first-map"
_PATIENCE_MS = 60_000
_READ_MARK = f"performance.getEntriesByName('{_MARK}')[0]?.startTime ?? null"


def measure_starts(browser: Browser, url: str, runs: int) -> Iterator[float]:
    """Yield, for each run, the seconds from the request of the page to its first map."""
    for _ in range(runs):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(f"{url}/map")
        waited = 0
        while (started := page.evaluate(_READ_MARK)) is None:
            if waited > _PATIENCE_MS:
                raise TimeoutError(f"No map was drawn in {_PATIENCE_MS / 1000:.0f} s.")
            page.wait_for_timeout(50)
            waited += 50
        yield float(started) / 1000
        context.close()


def main() -> None:
    """Measure a running service and print the median, the fastest and the slowest start."""
    parser = argparse.ArgumentParser(description="Measure how soon the map page shows its first map.")
    parser.add_argument("url", help="address of a running service, such as http://127.0.0.1:8000")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        sys.exit("Chromium is missing: install Debian's package chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        took = list(measure_starts(browser, arguments.url.rstrip("/"), arguments.runs))
        browser.close()
    print(
        f"first map drawn: median {statistics.median(took):.2f} s, {min(took):.2f} to {max(took):.2f} s, {len(took)} runs"
    )


if __name__ == "__main__":
    main()
