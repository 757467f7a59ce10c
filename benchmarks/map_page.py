"""The map page in a browser: how soon its first map is drawn, and how it moves over a city of parcels."""

import shutil
from typing import ClassVar, Final

import numpy as np
import pandas as pd

from benchmarks.contestants import AREA, peer
from benchmarks.model import Case, Goal
from benchmarks.sample_zone import sample_database
from benchmarks.served import ServedContestant

__all__ = ["CASE"]

# Drawn by the processor where the machine has no graphics card, which is slower than any reader's. Debian starts Chromium with rasterisation by the
# graphics card on every machine; Chromium by itself does without where there is none, and so it is here.
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--disable-gpu-rasterization",
)
_VIEWPORT: Final = {"width": 1280, "height": 800}
# The page says when its first map is drawn whole, every tile in view included; in milliseconds since it was asked for.
_FIRST_MAP: Final = """() => new Promise((resolve) => new PerformanceObserver((list) => {
    for (const mark of list.getEntriesByName('duogui:first-map')) resolve(mark.startTime);
}).observe({ type: 'mark', buffered: true }))"""
_RECEIVED: Final = """() => {
    const files = performance.getEntriesByType('resource');
    const bytes = files.reduce((sum, file) => sum + file.encodedBodySize, 0);
    return { requests: files.length, 'kB received': bytes / 1000 };
}"""
# Pans over four screens and zooms in and out at the pace of a hand, in the middle of the layer, and waits for the last tile.
_MOVES: Final = """async () => {
    const { map } = window.duogui;
    const settled = () => new Promise((resolve) => (map.loaded() && map.areTilesLoaded() ? resolve() : map.once('idle', resolve)));
    map.jumpTo({ center: map.getCenter(), zoom: 15 });
    await settled();
    const frames = [];
    let isOver = false;
    const tick = (moment) => { frames.push(moment); if (!isOver) requestAnimationFrame(tick); };
    performance.clearResourceTimings();
    performance.setResourceTimingBufferSize(5000);
    requestAnimationFrame(tick);
    const moved = (move) => new Promise((resolve) => { map.once('moveend', resolve); move(); });
    const pace = { duration: 700, essential: true, easing: (share) => share };
    for (const by of [[900, 0], [0, 600], [-900, 0], [0, -600]]) await moved(() => map.panBy(by, pace));
    for (const zoom of [16, 15, 14, 13, 15]) await moved(() => map.easeTo({ zoom, ...pace }));
    isOver = true;
    await settled();
    const tiles = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/tiles/')).map(({ duration }) => duration);
    return { frames, tiles };
}"""


class FirstMap(ServedContestant):
    """Opens the page on the sample zone in a browser that has nothing of it yet, and waits for the first map."""

    name = "duogui, sample zone"
    modules = ("playwright",)
    settings: ClassVar[dict[str, str]] = {"DUOGUI_PUBLIC_READS": "true"}

    def database(self) -> str:
        assert self.inputs.postgres is not None
        return sample_database(self.inputs.postgres)

    def prepare(self) -> None:
        super().prepare()
        executable = shutil.which("chromium") or shutil.which("chromium-browser")
        assert executable is not None, "Chromium is missing: install Debian's package chromium"
        self.playwright = peer("playwright.sync_api").sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        self.page = self.browser.new_page(viewport=_VIEWPORT)

    def open_page(self) -> float:
        """Open the page, and return the milliseconds until its first map by its own clock."""
        self.page.goto(f"{self.url}/map", wait_until="commit")
        return float(self.page.evaluate(_FIRST_MAP))

    def run(self) -> None:
        self.first_map_ms = self.open_page()

    def facts(self) -> dict[str, float]:
        return {"first map by the page's clock, ms": self.first_map_ms, **self.page.evaluate(_RECEIVED)}

    def answer(self, result: None) -> pd.DataFrame:
        assert result is None
        self.browser.close()
        self.playwright.stop()
        return pd.DataFrame({"id": [], AREA: np.array([], dtype=float)})


class FirstMapOfCity(FirstMap):
    """The same on a layer of 200,000 parcels, shown whole."""

    name = "duogui, 200,000 parcels"

    def database(self) -> str:
        return ServedContestant.database(self)


class Moves(FirstMapOfCity):
    """Pans and zooms over the parcels; the time is that of nine movements of 0.7 s and of the last tiles."""

    name = "duogui, 200,000 parcels, panned and zoomed"

    def prepare(self) -> None:
        super().prepare()
        self.open_page()

    def run(self) -> None:
        self.seen: dict[str, list[float]] = self.page.evaluate(_MOVES)

    def facts(self) -> dict[str, float]:
        gaps, tiles = np.diff(self.seen["frames"]), self.seen["tiles"]
        return {
            "frames a second": 1000 / float(gaps.mean()),
            "slowest frame in a hundred, ms": float(np.percentile(gaps, 99)),
            "tiles": len(tiles),
            "median of a tile, ms": float(np.median(tiles)),
            "slowest tile in twenty, ms": float(np.percentile(tiles, 95)),
        }


CASE = Case(
    key="map_page",
    title="The map page in a browser",
    note="Chromium without a graphics card, the map drawn by the processor, and the rest of the page not by way of a graphics card that is not there, as "
    "Chromium has it by itself; on the machine that serves. Each run opens the page in a browser of its own, with nothing "
    "kept from the run before; the first map is whole when every tile in view is drawn. Processors are those of browser driver and server, not the "
    "browser's or the database's.",
    layers=("parcel",),
    contestants=(FirstMap, FirstMapOfCity, Moves),
    goals=(
        Goal(
            "First map of the sample zone in a browser",
            (FirstMap.name,),
            lambda medians, _: medians[FirstMap.name].wall_s,
            2,
            at_most=True,
            unit="s",
        ),
    ),
)
