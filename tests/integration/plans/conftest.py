"""Plans as stored layers: a few squares that differ in every way a register knows, and random zones with edits of them."""

from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import Engine

from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from gis.area_plane import from_area_plane
from tests.conftest import MakeTemplate
from tests.unit.gis.test_incremental import overlapping_coverage

SIZE = 0.001
AS_OF = date(2026, 6, 30)
TODAY = date(2026, 6, 30)
CODES = {
    "city": ("GB 50137-2011", ("R2", "E2", "M1", "E1")),
    "land": ("TD/T 1027-2010", ("2110", "1100", "1300", "2120")),
}

Deliver = Callable[..., int]
ImportSquares = Callable[..., None]


def square(x: float, y: float) -> shapely.Polygon:
    """Return the square in column x and row y."""
    return shapely.box(113 + x * SIZE, 28 + y * SIZE, 113 + (x + 1) * SIZE, 28 + (y + 1) * SIZE)


def put_squares(
    engine: Engine,
    folder: Path,
    slug: str,
    kind: str,
    places: list[tuple[float, float]],
    columns: dict[str, list[str]],
    valid_from: date,
    code_version: str | None = None,
) -> None:
    path = folder / f"{slug}.gpkg"
    gpd.GeoDataFrame(columns, geometry=[square(*place) for place in places], crs="EPSG:4490").to_file(path)
    mapping = {} if code_version is None else {"code_version": f"={code_version}"}
    request = ImportRequest(path=path, to=slug, kind=kind, mapping=mapping, publish=True, valid_from=valid_from)
    import_file(engine, request, actor="test", today=AS_OF)


@pytest.fixture
def import_squares(fresh_engine: Engine, tmp_path: Path) -> ImportSquares:
    """Return what imports a layer of squares and publishes it."""
    return partial(put_squares, fresh_engine, tmp_path)


@pytest.fixture
def fresh_template(request: pytest.FixtureRequest, make_template: MakeTemplate, template_database: str) -> str:
    """Return the name of a database with the plans that differ, for a test that asks for them."""
    if "differing_plans" in request.fixturenames:
        return make_template("template_differing_plans", put_differing_plans)
    return template_database


@pytest.fixture
def differing_plans(fresh_engine: Engine) -> Engine:
    """Return a database with the plans that differ (see :func:`put_differing_plans`)."""
    return fresh_engine


def put_differing_plans(engine: Engine, folder: Path) -> None:
    """Import a city plan, an older land-use plan and a red line.

    ========  ========  =========  ==========================================
    square    city      land use
    ========  ========  =========  ==========================================
    (0, 0)    R2        2110       both construction land
    (1, 0)    R2        1100       arable land: the newer plan, the city's, decides
    (2, 0)    E2        2110       the newer plan decides for no construction
    (3, 0)    R2        1100       in the core of the red line
    (0, 1)    M1        nothing    a gap
    (1, 1)    R2        1200       garden land
    ========  ========  =========  ==========================================
    """
    import_squares = partial(put_squares, engine, folder)
    city = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1)]
    land = [(0, 0), (1, 0), (2, 0), (3, 0), (1, 1)]
    codes = ["R2", "R2", "E2", "R2", "M1", "R2"]
    import_squares("city", "plan", city, {"zone_code": codes}, date(2020, 1, 1), "GB 50137-2011")
    codes = ["2110", "1100", "2110", "1100", "1200"]
    import_squares("land", "plan", land, {"zone_code": codes}, date(2015, 1, 1), "TD/T 1027-2010")
    columns = {"control_code": ["R1"], "control_zone": ["core"]}
    import_squares("line", "ecological_redline", [(3, 0)], columns, date(2018, 1, 1))


def code_of(slug: str, zone: int) -> str:
    codes = CODES[slug][1]
    return codes[(zone * 7 + len(slug)) % len(codes)]


@pytest.fixture
def deliver(fresh_engine: Engine, tmp_path: Path) -> Deliver:
    """Return what imports a frame of the area plane as a version of a layer; its index names the features."""
    return delivering(fresh_engine, tmp_path)


@pytest.fixture
def layers(deliver: Deliver) -> dict[str, gpd.GeoDataFrame]:
    """Deliver two plans of sixty random zones and a line, and return them in the area plane."""
    rng = np.random.default_rng(5)
    layers = {slug: overlapping_coverage(rng, 60) for slug in ("city", "land")}
    layers["line"] = overlapping_coverage(rng, 60).iloc[:20]
    for slug, frame in layers.items():
        deliver(slug, frame)
    return layers


def delivering(engine: Engine, folder: Path) -> Deliver:
    numbers = count()

    def import_frame(
        slug: str, frame: gpd.GeoDataFrame, *, codes: dict[int, str] | None = None, publish: bool = True
    ) -> int:
        path = folder / f"{slug}-{next(numbers)}.gpkg"
        delivered = gpd.GeoDataFrame(
            {"name": [f"z{zone}" for zone in frame.index]}, geometry=from_area_plane(frame.geometry), crs="EPSG:4490"
        )
        if slug in CODES:
            said = codes or {}
            delivered["zone_code"] = [said.get(zone, code_of(slug, zone)) for zone in frame.index]
        delivered.to_file(path)
        is_plan = slug in CODES
        mapping = {"feature_id": "name"} | ({"code_version": f"={CODES[slug][0]}"} if is_plan else {})
        request = ImportRequest(
            path=path,
            to=slug,
            kind="plan" if is_plan else "parcel" if slug == "parcels" else "ecological_redline",
            mapping=mapping,
            publish=publish,
            valid_from=TODAY,
            confirm_loss=True,
        )
        return import_file(engine, request, actor="test", today=TODAY).number

    return import_frame


def chosen_zones(frame: gpd.GeoDataFrame, seed: int, share: float) -> np.ndarray:
    size = max(1, round(share * len(frame)))
    return np.sort(np.random.default_rng(seed).choice(frame.index.to_numpy(), size, replace=False))
