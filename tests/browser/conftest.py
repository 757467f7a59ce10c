"""The map page in Debian's Chromium, headless, against a service on this machine that has the sample loaded."""

import json
import shutil
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import httpx2
import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)
from sqlalchemy import Engine, select

from app.db.engine import make_engine, make_service_engine
from app.db.models import Job
from app.db.sessions import write_session
from app.jobs.kinds import KINDS
from app.jobs.runner import run_job
from app.keys.access import Scope
from app.keys.service import create_key
from app.main import create_app
from app.map_page import built_page_folder
from app.settings import Settings

CHROMIUM_ARGUMENTS = (
    # WebGL by the processor: a machine for tests has no graphics card, and as root there is no sandbox.
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    # Nothing but the tests' own requests.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_S = 60.0
expect.set_options(timeout=PATIENCE_S * 1000)
NODE_MODULES = Path(__file__).parents[2] / "app" / "web" / "node_modules"
MAPLIBRE = NODE_MODULES / "maplibre-gl" / "dist"
AXE = NODE_MODULES / "axe-core" / "axe.min.js"


ORANGE = (255, 128, 0)


def one_colour(red: int, green: int, blue: int, side: int = 256) -> bytes:
    """Return a PNG of one colour."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = (b"\0" + bytes((red, green, blue)) * side) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class BlankPage(BaseHTTPRequestHandler):
    """A page of another site, from which scripts call the service; that site has MapLibre too, and pictures of a base map."""

    def do_GET(self) -> None:
        body, media_type = b"<!doctype html><title>Another site</title>", "text/html"
        if self.path.endswith(".mjs"):
            body, media_type = (MAPLIBRE / self.path.rpartition("/")[2]).read_bytes(), "text/javascript"
        self.send_response(200)
        if self.path.endswith(".png"):
            body, media_type = one_colour(*ORANGE), "image/png"
            self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the base class calls it so
        """Stay silent."""


@contextmanager
def other_site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BlankPage) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="package")
def listed_site() -> Iterator[str]:
    """Return the origin of a site that the service lets in."""
    with other_site() as origin:
        yield origin


@pytest.fixture(scope="package")
def unlisted_site() -> Iterator[str]:
    """Return the origin of a site that the service does not know."""
    with other_site() as origin:
        yield origin


@contextmanager
def serve(database_url: str, data_dir: Path, **changes: object) -> Iterator[tuple[str, Engine]]:
    """Serve a database with the built map page; give the service's address and its engine."""
    assert (built_page_folder() / "index.html").is_file(), "The map page has not been built: run `make web`."
    listener = socket.create_server(("127.0.0.1", 0))
    settings = Settings(data_dir=data_dir, port=listener.getsockname()[1], **changes)
    engine = make_service_engine(database_url, settings)
    service = create_app(settings, engine)
    server = uvicorn.Server(uvicorn.Config(service, log_config=None, access_log=False, proxy_headers=False))
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{settings.port}", engine
    finally:
        server.should_exit = True
        thread.join()
        engine.dispose()


@pytest.fixture(scope="package")
def served_sample(sample_url: str, listed_site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the sample zone with the built map page; return the service's address."""
    with serve(sample_url, tmp_path_factory.mktemp("browser"), cors_origins=(listed_site,)) as (base_url, _engine):
        yield base_url


@contextmanager
def working_on_jobs(database_url: str) -> Iterator[None]:
    """Do the work of jobs as they come, one after another."""
    engine = make_engine(database_url)
    is_over = Event()

    def work() -> None:
        while not is_over.wait(0.1):
            with engine.connect() as connection:
                waiting = connection.scalars(select(Job.id).where(Job.status == "accepted").order_by(Job.created_at))
                found = list(waiting)
            for job_id in found:
                run_job(engine, job_id, KINDS)

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        engine.dispose()


@dataclass(frozen=True)
class Workbench:
    """A service with a sample zone that may be changed, and a key of somebody who may change it."""

    base_url: str
    key: str


@pytest.fixture(scope="package")
def workbench(changeable_sample_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Serve a copy of the sample zone that tests may change, and do the work of its jobs."""
    data_dir = tmp_path_factory.mktemp("workbench")
    with serve(changeable_sample_url, data_dir) as (base_url, engine), working_on_jobs(changeable_sample_url):
        with write_session(engine, actor="tests") as session:
            key = create_key(session, "planner", Scope.WRITE)
        yield Workbench(base_url, key)


# No longer than a module: while Playwright runs, its event loop is that of every other test.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return a browser that the tests of a module share."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.fail("Chromium is missing: install Debian's package chromium (`make test` does).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


def new_profile(chromium: Browser, **options) -> BrowserContext:
    """Return a browser profile; without motion a change of the map is there at once."""
    settings = {
        "locale": "zh-CN",
        "viewport": {"width": 1280, "height": 800},
        "reduced_motion": "reduce",
        **options,
    }
    return chromium.new_context(**settings)


def leave(profile: BrowserContext) -> None:
    """Leave what a browser profile shows; the profile itself goes with the browser, whose end has a time limit: that of a profile has none."""
    for page in profile.pages:
        page.goto("about:blank")


@pytest.fixture
def open_at(chromium: Browser) -> Iterator[Callable[..., "MapPage"]]:
    """Return a function that opens the map page of a service in a browser profile of its own."""
    contexts: list[BrowserContext] = []

    def open_at(
        base_url: str, fragment: str = "", *, wait: bool = True, prepare=lambda page: None, **options
    ) -> MapPage:
        context = new_profile(chromium, **options)
        contexts.append(context)
        page = MapPage(context.new_page(), base_url)
        prepare(page)
        page.open(fragment)
        if wait:
            page.wait_until_drawn()
        return page

    yield open_at
    for context in contexts:
        leave(context)


@pytest.fixture(scope="module")
def first_view(chromium: Browser, served_sample: str) -> Iterator["MapPage"]:
    """Return the page of the sample zone as it opens, for tests that only look at it: whoever clicks opens one of their own."""
    profile = new_profile(chromium)
    page = MapPage(profile.new_page(), served_sample)
    page.open()
    page.wait_until_drawn()
    yield page
    leave(profile)


@pytest.fixture
def open_page(open_at: Callable[..., "MapPage"], served_sample: str) -> Callable[..., "MapPage"]:
    """Return a function that opens the map page of the sample zone, without a key."""
    return partial(open_at, served_sample)


@pytest.fixture
def open_workbench(open_at: Callable[..., "MapPage"], workbench: Workbench) -> Callable[..., "MapPage"]:
    """Return a function that opens the map page of the sample zone that may be changed, with a key for it."""

    def sign_in(page: MapPage) -> None:
        answer = httpx2.post(
            f"{workbench.base_url}/session", json={"key": workbench.key}, headers={"X-Duogui-Page": "1"}
        ).raise_for_status()
        cookies = [{"name": name, "value": value, "url": workbench.base_url} for name, value in answer.cookies.items()]
        page.page.context.add_cookies(cookies)

    return partial(open_at, workbench.base_url, prepare=sign_in)


@pytest.fixture(scope="package")
def api(served_sample: str) -> "Api":
    """Return the service's API, asked past the browser."""
    return Api(served_sample)


class Api:
    """What the service answers, for comparison with what the page shows."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def get(self, path: str) -> dict:
        return httpx2.get(self.base_url + path, timeout=60).raise_for_status().json()

    def collections(self) -> dict[str, dict]:
        return {collection["id"]: collection for collection in self.get("/collections")["collections"]}

    def items(self, collection_id: str, query: str = "limit=10000") -> list[dict]:
        return self.get(f"/collections/{collection_id}/items?{query}")["features"]

    def item(self, collection_id: str, feature_id: str) -> dict:
        return self.get(f"/collections/{collection_id}/items/{feature_id}")


class MapPage:
    """The map page as a reader uses it, and the map as MapLibre has it."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.errors: list[str] = []
        self.requests: list[Request] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def _on_request(self, request: Request) -> None:
        self.requests.append(request)

    def open(self, fragment: str = "") -> None:
        self.page.goto(f"{self.base_url}/map{fragment}")

    def until(self, condition: Callable[[], object], what: str) -> object:
        """Wait until a condition holds. (The page's policy forbids the evaluation that Playwright's own waiting uses.)"""
        end, is_late = time.monotonic() + PATIENCE_S, False
        while not (value := condition()):
            # Looked at once more when the time is over: it may have passed while this process had no turn.
            assert not is_late, f"waited in vain: {what}; errors of the page: {self.errors}"
            self.page.wait_for_timeout(50)
            is_late = time.monotonic() >= end
        return value

    def wait_until_drawn(self) -> None:
        """Wait until the layers are known and every tile in view is there and drawn."""
        self.until(lambda: self.page.locator("[data-layers=ready], [data-layers=failed]").count(), "the list of layers")
        self.page.wait_for_timeout(100)
        self.until(
            lambda: self.evaluate(
                """async () => {
                    if (!window.duogui) return false;
                    const { map } = window.duogui;
                    const isDone = () => map.loaded() && map.areTilesLoaded() && !document.querySelector('.progress.active');
                    if (!isDone()) return false;
                    // A browser that draws no picture for a while is asked again: the answer has no time limit of its own.
                    const isDrawn = await new Promise((resolve) => {
                        setTimeout(() => resolve(false), 5000);
                        requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)));
                    });
                    return isDrawn && isDone();
                }"""
            ),
            "all tiles",
        )

    def evaluate(self, script: str, argument: object = None) -> object:
        return self.page.evaluate(script, argument)

    def rendered(self, collection_id: str) -> list[dict]:
        """Return the properties of the features of a collection that are drawn now."""
        return self.evaluate(
            """(layer) => {
                const { map } = window.duogui;
                if (!map.getLayer(layer)) return [];
                return map.queryRenderedFeatures({ layers: [layer] }).map((feature) => feature.properties);
            }""",
            f"{collection_id}:fill",
        )

    def rendered_ids(self, collection_id: str) -> set[str]:
        return {str(properties["feature_id"]) for properties in self.rendered(collection_id)}

    def view(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of the map."""
        return tuple(self.evaluate("window.duogui.map.getBounds().toArray().flat()"))

    def jump_to(self, longitude: float, latitude: float, zoom: float, *, wait: bool = True) -> None:
        # The braces matter: jumpTo gives the map back, which takes seconds to hand over.
        self.evaluate(
            "([lng, lat, zoom]) => { window.duogui.map.jumpTo({ center: [lng, lat], zoom }); }",
            [longitude, latitude, zoom],
        )
        if wait:
            self.wait_until_drawn()

    def click_at(self, longitude: float, latitude: float) -> None:
        """Click on the map where the point is."""
        x, y = self.evaluate(
            """([lng, lat]) => {
                const { map } = window.duogui;
                const { x, y } = map.project([lng, lat]);
                const box = map.getCanvas().getBoundingClientRect();
                return [x + box.x, y + box.y];
            }""",
            [longitude, latitude],
        )
        self.page.mouse.click(x, y)

    def row(self, collection_id: str) -> Locator:
        return self.page.locator(f'[data-collection="{collection_id}"]')

    def toggle(self, collection_id: str) -> None:
        self.row(collection_id).get_by_role("checkbox").click()
        self.wait_until_drawn()

    def tab(self, name: str) -> Locator:
        return self.page.locator(f"#tab-{name}")

    def open_tab(self, name: str) -> None:
        self.tab(name).click()
        self.until(lambda: self.page.locator(f"#panel-{name}").count(), f"the panel {name}")

    def serious_violations(self) -> list[str]:
        """Return what axe calls serious or critical of what is shown now: rule, and where."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "async () => (await axe.run()).violations.map((v) => [v.id, v.impact, v.nodes[0].html])"
        )
        return [f"{rule}: {where}" for rule, impact, where in found if impact in {"serious", "critical"}]

    @property
    def detail(self) -> Locator:
        return self.page.locator("aside[data-parcel]")

    @property
    def notices(self) -> Locator:
        return self.page.locator("[data-notice]")


@pytest.fixture
def fail_with() -> Callable[..., Callable[[Route], None]]:
    """Return a function that makes an answer for an intercepted request: a problem document."""

    def fail_with(status: int, title: str, detail: str) -> Callable[[Route], None]:
        body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
        return lambda route: route.fulfill(status=status, content_type="application/problem+json", body=body)

    return fail_with
