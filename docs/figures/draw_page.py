"""Take the pictures of the map page that the documents show: ``python docs/figures/draw_page.py``, after ``make web``.

``duogui demo`` serves the sample zone from a folder of its own; every view is brought to a state that shows what it is for, in both languages. Names
take only some of them: ``python docs/figures/draw_page.py jobs dashboard``.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize, sync_playwright
from png import write_with_palette

from app.demo import sample_folder

FOLDER = Path(__file__).parents[1] / "images"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
# Drawn by the processor, so that pictures are the same with and without a graphics card.
ARGUMENTS = ("--no-sandbox", "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader")
SIZE = ViewportSize(width=1280, height=800)
PATIENCE_S = 300.0
DUOGUI = (sys.executable, "-m", "app.cli.main")
AS_OF = "2026-06-30"
#: For the map to have begun to move.
SETTLING_MS = 1500
# Ground in which the red line, the farmland and both plans are hit.
WEST, NORTH, EAST, SOUTH = 113.0634, 28.2362, 113.0719, 28.2339
IS_DRAWN = """async () => {
    if (!window.duogui) return false;
    const { map } = window.duogui;
    const isDone = () => map.loaded() && map.areTilesLoaded() && !document.querySelector('.progress.active');
    if (!isDone()) return false;
    await new Promise((resolve) => setTimeout(resolve, 400));
    return isDone();
}"""


@dataclass(frozen=True)
class Bureau:
    """A browser that is signed in to the service, and the service's address."""

    context: BrowserContext
    url: str

    def open(self, fragment: str) -> Page:
        """Open the page at what its address names."""
        page = self.context.new_page()
        page.goto(f"{self.url}/map{fragment}")
        return page

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send something past the page; return the answer."""
        answer = self.context.request.post(f"{self.url}/{path}", data=body, headers={"X-Duogui-Page": "1"})
        assert answer.ok, answer.text()
        return dict(answer.json())

    def send(self, path: str, fields: dict[str, str], file: Path) -> dict[str, Any]:
        """Send a file with the fields of a form; return the answer."""
        upload = {"name": file.name, "mimeType": "application/octet-stream", "buffer": file.read_bytes()}
        form = {**fields, "file": upload}
        answer = self.context.request.post(f"{self.url}/{path}", multipart=form, headers={"X-Duogui-Page": "1"})
        assert answer.ok, answer.text()
        return dict(answer.json())

    def examined(self, delivered: gpd.GeoDataFrame) -> str:
        """Let a delivery of parcels be examined with the fields of the version in force; return the number of the import."""
        first = self.get("layers/parcels")["versions"][-1]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "宗地二.gpkg"
            delivered.to_file(file)
            fields = {"to": "parcels", "map": json.dumps(first["report"]["options"]["map"])}
            return str(self.send("imports?dry_run=true", fields, file)["id"])

    def get(self, path: str) -> dict[str, Any]:
        """Ask something past the page."""
        answer = self.context.request.get(f"{self.url}/{path}")
        assert answer.ok, answer.text()
        return dict(answer.json())


def until(condition: Callable[[], object], page: Page) -> None:
    """Wait until a condition holds; the page's policy forbids the evaluation that Playwright's own waiting uses."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain at {page.url}"
        page.wait_for_timeout(100)


def button(page: Page | Locator, *names: str) -> Locator:
    """Return the button of this name, in whichever language the page speaks."""
    return page.get_by_role("button", name=re.compile(f"^({'|'.join(map(re.escape, names))})$")).first


def show_map(bureau: Bureau) -> Page:
    """Show the zone with its findings over the hard lines, as the page opens."""
    return bureau.open("")


def show_site_check(bureau: Bureau) -> Page:
    """Show the answer about a rectangle, one of its reasons marked on the map."""
    ring = [[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH], [WEST, SOUTH]]
    site = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    sites = {"type": "FeatureCollection", "features": [site]}
    use = {"use_code": "100101", "use_code_version": "GUIDE-2023"}
    check = bureau.post("site-checks", {"sites": sites, "stage": "investment", "as_of": AS_OF, **use})
    page = bureau.open(f"#view=site-check&check={check['site_check_id']}")
    page.locator("[data-reason][data-verdict=DENY]").first.get_by_role("button").click()
    return page


def show_plans(bureau: Bureau) -> Page:
    """Show the patches of one cell of the matrix."""
    page = bureau.open("#view=plans")
    page.locator("[data-matrix=status] td button").nth(1).click()
    return page


def show_idle_land(bureau: Bureau) -> Page:
    """Show the register beside the map."""
    page = bureau.open("#view=idle")
    page.locator("[data-contract]").first.wait_for()
    return page


def show_idle_case(bureau: Bureau) -> Page:
    """Show the clock of a contract that was not started on."""
    case = bureau.get("collections/idle_cases/items?limit=1&kind=idle_not_started")["features"][0]
    page = bureau.open(f"#view=idle&contract={case['properties']['contract_no']}")
    page.locator("circle[data-mark=red]").wait_for()
    return page


def show_delivery(bureau: Bureau) -> Page:
    """Show what is wrong with a delivery: parcels that were shifted over their neighbours, a crossed boundary, codes that are used twice."""
    number = bureau.examined(faulty_parcels())
    page = bureau.open(f"#view=deliveries&import={number}")
    until(lambda: bureau.get(f"imports/{number}")["state"] not in {"accepted", "running"}, page)
    page.reload()
    fault = page.locator("[data-fault=overlap]").first
    fault.locator("summary").click()
    # The last one shows all of the kind, those before it one each.
    fault.get_by_role("button", name=re.compile("^(在地图上显示|Show on the map)$")).last.click()
    fault.evaluate("element => element.scrollIntoView()")
    page.wait_for_timeout(SETTLING_MS)
    return page


def faulty_parcels() -> gpd.GeoDataFrame:
    """Return the parcels of the sample with planted faults, close together."""
    delivered = gpd.read_file(sample_folder() / "宗地.shp", encoding="GBK")
    middle = delivered.geometry.iloc[700].centroid
    near = delivered.distance(middle).sort_values().index
    shifted, crossed, repeated = near[2:60:6], near[8], near[20:24]
    delivered.loc[shifted, "geometry"] = delivered.geometry[shifted].translate(xoff=9, yoff=6)
    west, south, east, north = delivered.geometry[crossed].bounds
    bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    delivered.loc[crossed, "geometry"] = bow
    delivered.loc[repeated, "ZDDM"] = delivered["ZDDM"][repeated[0]]
    return delivered


def show_dashboard(bureau: Bureau) -> Page:
    """Show the district on one page."""
    page = bureau.open("#view=dashboard")
    page.locator("[data-kind=idle_suspended]").wait_for()
    page.wait_for_load_state("networkidle")
    return page


def show_jobs(bureau: Bureau) -> Page:
    """Show one job that failed, some that are done, and comparisons of which one runs."""
    plans = {"plans": ["city_plan", "land_use_plan"], "lines": ["ecological_redline"]}
    page = bureau.open("#view=jobs")
    for day in ("1990-01-01", AS_OF):
        bureau.post("idle-scans", {"as_of": day})
    # What an earlier picture left to do is done first.
    until(lambda: not is_busy(bureau), page)
    running = page.locator("[data-status=running]")
    # A comparison that was made already would be over at once, and so may be all three before the page has asked.
    for first in range(len(jobs_of(bureau)), 90, 3):
        for day in range(first, first + 3):
            as_of = date(2026, 1, 1) + timedelta(days=day)
            bureau.post("plan-comparisons", {**plans, "as_of": as_of.isoformat()})
        until(lambda: running.count() or not is_busy(bureau), page)
        if running.count():
            return page
    raise AssertionError("no comparison was seen while it ran")


def is_busy(bureau: Bureau) -> bool:
    """Tell whether any job waits or runs."""
    return any(job["status"] not in {"failed", "successful"} for job in jobs_of(bureau))


def jobs_of(bureau: Bureau) -> list[dict[str, Any]]:
    """Return what the service knows of its jobs."""
    return list(bureau.get("jobs?limit=100")["jobs"])


#: How each picture's page is brought to what it shows, in the order in which one does not change what the next shows.
SCENES: dict[str, Callable[[Bureau], Page]] = {
    "map": show_map,
    "site-check": show_site_check,
    "plans": show_plans,
    "idle-land": show_idle_land,
    "idle-case": show_idle_case,
    "dashboard": show_dashboard,
    "jobs": show_jobs,
    "deliveries": show_delivery,
}
#: Shows work that would be over if the map below were waited for.
UNDER_WAY = {"jobs"}


@contextmanager
def served_sample() -> Iterator[str]:
    """Serve the sample zone by ``duogui demo`` until the block ends; give the link that signs a browser in."""
    with tempfile.TemporaryDirectory(prefix="duogui-page-") as folder:
        # The database server may run as another user, who has to get through.
        Path(folder).chmod(0o755)
        said = Path(folder) / "said"
        environment = {**os.environ, "DUOGUI_DATA_DIR": f"{folder}/data", "DUOGUI_PORT": "0", "COLUMNS": "1000"}
        with said.open("wb") as out:
            service = subprocess.Popen([*DUOGUI, "demo"], env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            while not (found := re.search(r"http://\S+/map#sign-in=\S+", said.read_text("utf-8"))):
                assert service.poll() is None, said.read_text("utf-8")
                time.sleep(0.5)
            yield found.group()
        finally:
            service.terminate()
            service.wait()
            subprocess.run([*DUOGUI, "db", "down"], env=environment, check=True, capture_output=True)


def sign_in(context: BrowserContext, link: str) -> Any:  # noqa: ANN401 - Playwright's own
    """Sign in by a link; return what another context needs to be signed in too."""
    page = context.new_page()
    page.goto(link)
    until(context.cookies, page)
    page.close()
    return context.storage_state()


def take_pictures(names: list[str]) -> None:
    """Take the pictures of these scenes, each in both languages before the next one changes anything."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    assert executable is not None, "Chromium is missing: install Debian's package chromium"
    with served_sample() as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        bureaus: dict[str, Bureau] = {}
        state = None
        for language, locale in LOCALES.items():
            context = browser.new_context(locale=locale, viewport=SIZE, reduced_motion="reduce", storage_state=state)
            context.set_default_timeout(PATIENCE_S * 1000)
            state = state or sign_in(context, link)
            bureaus[language] = Bureau(context, link.partition("/map#")[0])
        for name in names:
            for language, bureau in bureaus.items():
                take_picture(bureau, name, FOLDER / f"{name}-{language}.png")
        browser.close()


def take_picture(bureau: Bureau, name: str, path: Path) -> None:
    """Bring a page to its scene, and store its picture once everything is drawn."""
    page = SCENES[name](bureau)
    if name not in UNDER_WAY:
        until(lambda: page.evaluate(IS_DRAWN), page)
    write_with_palette(page.screenshot(), path)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
    page.close()


if __name__ == "__main__":
    take_pictures(sys.argv[1:] or list(SCENES))
