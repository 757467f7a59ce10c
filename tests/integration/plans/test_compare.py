"""The stored comparison of the sample's plans: every planted conflict, and nothing else; over HTTP and in parts."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import morecantile
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.sessions import write_session
from app.demo import sample_folder
from app.layers.delivery import ImportRequest
from app.layers.editing import set_coverage
from app.layers.errors import LayerNotFoundError
from app.layers.importing import import_file
from app.main import create_app
from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.service import compare
from app.settings import Settings
from tests.documented import hold_to_document

TRUTH = json.loads((sample_folder() / "expected.json").read_text(encoding="utf-8"))["plan_conflicts"]
URL = "http://127.0.0.1:8000"
TODAY = date(2026, 6, 30)
SIZE = 0.001


def rows(engine: Engine, statement: str, **values: object) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(statement), values).mappings()]


@pytest.fixture
def client(sample_engine: Engine, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=tmp_path), sample_engine), base_url=URL) as client:
        yield hold_to_document(client)


@pytest.fixture
def two_plans(fresh_engine: Engine, tmp_path: Path) -> Engine:
    """Import two plans of four squares each that differ in one, and a red line over another."""

    def square(x: int, y: int) -> shapely.Polygon:
        return shapely.box(113 + x * SIZE, 28 + y * SIZE, 113 + (x + 1) * SIZE, 28 + (y + 1) * SIZE)

    places = [(x, y) for x in range(2) for y in range(2)]
    layers = {
        "city": ("plan", {"zone_code": ["R2", "R2", "E2", "M1"]}, "GB 50137-2011"),
        "land": ("plan", {"zone_code": ["2110", "1100", "1100", "2110"]}, "TD/T 1027-2010"),
        "line": ("ecological_redline", {"control_code": ["A", "B", "C", "D"]}, None),
    }
    for slug, (kind, columns, version) in layers.items():
        path = tmp_path / f"{slug}.gpkg"
        frame = gpd.GeoDataFrame(columns, geometry=[square(*place) for place in places], crs="EPSG:4490")
        (frame if kind == "plan" else frame.iloc[:1]).to_file(path)
        mapping = {} if version is None else {"code_version": f"={version}"}
        request = ImportRequest(path=path, to=slug, kind=kind, mapping=mapping, publish=True, valid_from=TODAY)
        import_file(fresh_engine, request, actor="test", today=TODAY)
    return fresh_engine


def test_the_sample_has_the_planted_classes_and_they_close(sample_engine: Engine):
    (stored,) = rows(sample_engine, "select summary from plan_comparison where is_current")
    areas = {item["class"]: item["area_m2"] for item in stored["summary"]["classes"]}
    totals = TRUTH["totals_m2"]
    assert areas["agreed_construction"] == pytest.approx(totals["1"], abs=1)
    assert areas["conflict"] == pytest.approx(totals["2"] + totals["3"], abs=1)
    assert areas["agreed_non_construction"] == pytest.approx(totals["4"], abs=1)
    assert areas["gap"] == pytest.approx(totals["gap_city"] + totals["gap_land"], abs=1)
    assert sum(areas.values()) == pytest.approx(stored["summary"]["compared_area"]["area_m2"], abs=0.001)


@pytest.mark.parametrize("unit", ["m2", "ha", "mu"])
def test_every_table_closes_in_every_unit_on_the_compared_area(sample_engine: Engine, unit: str):
    (stored,) = rows(sample_engine, "select summary from plan_comparison where is_current")
    total = stored["summary"]["compared_area"][f"area_{unit}"]
    matrix = stored["summary"]["matrices"][0]["areas"]
    assert sum(item[f"area_{unit}"] for item in stored["summary"]["classes"]) == pytest.approx(total, abs=1e-6)
    assert sum(cell[f"area_{unit}"] for line in matrix for cell in line) == pytest.approx(total, abs=1e-6)
    plans = stored["summary"]["plan_areas"]
    assert [each["plan"] for each in plans] == ["city_plan", "land_use_plan"]
    for each, sums in zip(plans, (matrix, zip(*matrix, strict=True)), strict=True):
        assert sum(item[f"area_{unit}"] for item in each["statuses"]) == pytest.approx(total, abs=1e-6)
        # Each is the margin of the matrix, but for its own rounding.
        margin = [sum(cell[f"area_{unit}"] for cell in line) for line in sums]
        assert [item[f"area_{unit}"] for item in each["statuses"]] == pytest.approx(margin, abs=0.05)


def test_each_planted_parcel_lies_in_patches_of_its_classes(sample_engine: Engine):
    found = rows(
        sample_engine,
        "select parcel_code, plan_statuses, "
        "sum(ST_Area(ST_Intersection(plan_patch.geom, parcel.geom)) / ST_Area(parcel.geom)) as share "
        "from plan_patch join plan_comparison on plan_comparison.id = plan_comparison_id and is_current "
        "join parcel on ST_Intersects(plan_patch.geom, parcel.geom) "
        "where parcel_code = any(:codes) and overlap_class <> 'artefact' group by 1, 2",
        codes=[item["parcel_code"] for item in TRUTH["planted"]],
    )
    shares = {(row["parcel_code"], tuple(row["plan_statuses"])): row["share"] for row in found if row["share"] > 1e-6}
    names = {
        "2": ("construction", "non_construction"),
        "3": ("non_construction", "construction"),
        "gap_city": ("no_data", "construction"),
        "gap_land": ("construction", "no_data"),
    }
    expected = {
        (item["parcel_code"], names[name]): area / sum(item["areas_m2"].values())
        for item in TRUTH["planted"]
        for name, area in item["areas_m2"].items()
        if name in names
    }
    assert shares.keys() == expected.keys()
    for key, share in expected.items():
        assert shares[key] == pytest.approx(share, abs=1e-4), key


def test_a_comparison_is_repeated_from_what_is_stored_and_its_patches_tell_of_the_plans(two_plans: Engine):
    first = compare(two_plans, plans=["city", "land"], as_of=TODAY, actor="test")
    again = compare(two_plans, plans=["city", "land"], as_of=TODAY, actor="test")
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert again["plan_comparison_id"] == first["plan_comparison_id"]
    (patch,) = rows(two_plans, "select * from plan_patch where conflict_class <> 'agreed_construction'")
    assert patch["conflict_class"] == "conflict"
    assert patch["plan_codes"] == ["R2", "1100"]
    assert patch["overlap_class"] == "real"
    assert "二类居住用地" in patch["text_zh"]
    assert "cultivated land" in patch["text_en"]


def test_a_line_is_marked_and_where_it_is_not_known_is_said_so(two_plans: Engine):
    summary = compare(two_plans, plans=["city", "land"], lines=["line"], as_of=TODAY, actor="test")
    lines = {line["line"]: line["touched"]["area_m2"] for line in summary["lines"]}
    assert lines["ecological_redline.unknown"] == pytest.approx(summary["compared_area"]["area_m2"] / 4, rel=1e-4)
    assert summary["line_layers"][0]["coverage_stated"] is False


def test_a_line_whose_coverage_was_edited_is_compared_again(two_plans: Engine):
    before = compare(two_plans, plans=["city", "land"], lines=["line"], as_of=TODAY, actor="test")
    with write_session(two_plans, actor="office") as session:
        known = shapely.MultiPolygon([shapely.box(113, 28, 113 + SIZE, 28 + 2 * SIZE)])
        set_coverage(session, "line", None, known)
    after = compare(two_plans, plans=["city", "land"], lines=["line"], as_of=TODAY, actor="test")
    assert after["is_new"]
    assert before["line_layers"][0]["coverage_stated"] is False
    assert after["line_layers"][0]["coverage_stated"] is True
    shares = {line["line"]: line["touched"]["share"] for line in after["lines"]}
    assert shares["ecological_redline.not_covered"] == pytest.approx(0.5, abs=1e-4)


def test_a_newer_comparison_of_the_same_plans_replaces_the_older(two_plans: Engine):
    compare(two_plans, plans=["city", "land"], lines=[], as_of=TODAY, actor="test")
    compare(two_plans, plans=["land", "city"], lines=["line"], as_of=TODAY, actor="test")
    stored = rows(two_plans, "select plan_set, is_current from plan_comparison order by id")
    assert stored == [{"plan_set": "city+land", "is_current": False}, {"plan_set": "city+land", "is_current": True}]


def test_a_code_that_no_table_has_is_no_data_and_is_listed(two_plans: Engine, tmp_path: Path):
    path = tmp_path / "odd.gpkg"
    frame = gpd.GeoDataFrame({"zone_code": ["Q7"]}, geometry=[shapely.box(113, 28, 113.002, 28.002)], crs="EPSG:4490")
    frame.to_file(path)
    mapping = {"code_version": "=somewhere 1999"}
    request = ImportRequest(path=path, to="odd", kind="plan", mapping=mapping, publish=True, valid_from=TODAY)
    import_file(two_plans, request, actor="test", today=TODAY)
    summary = compare(two_plans, plans=["city", "odd"], lines=[], as_of=TODAY, actor="test")
    assert summary["unknown_codes"] == [{"plan": "odd", "code": "Q7", "code_version": "somewhere 1999", "zones": 1}]
    areas = {item["class"]: item["share"] for item in summary["classes"]}
    assert areas["gap"] == 1.0


@pytest.mark.parametrize(
    ("plans", "lines", "error", "message"),
    [
        (["city"], None, PlansNotComparableError, "needs two different plans"),
        (["city", "city"], None, PlansNotComparableError, "needs two different plans"),
        (["city", "line"], None, PlansNotComparableError, "has no land-use codes"),
        (["city", "land"], ["land"], PlansNotComparableError, "lines are layers of control areas"),
        (["city", "sea"], None, LayerNotFoundError, "no layer 'sea'"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(two_plans: Engine, plans, lines, error, message):
    with pytest.raises(error, match=message):
        compare(two_plans, plans=plans, lines=lines, as_of=TODAY, actor="test")


def test_a_day_before_the_plans_has_nothing_to_compare(two_plans: Engine):
    with pytest.raises(PlansNotComparableError, match=r"No version of city is in force on 2020-01-01"):
        compare(two_plans, plans=["city", "land"], as_of=date(2020, 1, 1), actor="test")


def test_a_cancelled_comparison_stores_nothing(two_plans: Engine):
    with pytest.raises(ComparisonCancelledError):
        compare(two_plans, plans=["city", "land"], as_of=TODAY, actor="test", cancelled=lambda: True)
    assert rows(two_plans, "select id from plan_comparison") == []


def test_progress_goes_up_to_its_end(two_plans: Engine):
    seen: list[tuple[int, int]] = []
    compare(
        two_plans,
        plans=["city", "land"],
        as_of=TODAY,
        actor="test",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_the_patches_are_a_collection_with_a_legend_and_tiles(client: TestClient):
    page = client.get("/collections/plan_patches/items", params={"limit": 100, "conflict_class": "conflict"}).json()
    assert page["numberMatched"] == len(page["features"]) > 60
    properties = page["features"][0]["properties"]
    assert properties["plan_set"] == "city_plan+land_use_plan"
    assert properties["area_ha"] == pytest.approx(properties["area_m2"] / 10_000, abs=1e-4)
    legend = client.get("/collections/plan_patches/legend").json()
    assert legend["property"] == "conflict_class"
    assert [entry["value"] for entry in legend["entries"]] == [
        "conflict",
        "contradiction",
        "gap",
        "agreed_construction",
    ]
    hatches = [entry["hatch"] for entry in legend["entries"]]
    assert None not in hatches
    assert len(set(hatches)) == 4
    sld = client.get("/styles/plan_patches", params={"f": "sld"}).text
    assert sld.count("<se:GraphicFill>") == len(hatches)
    assert len({line.split("<")[0] for line in sld.split("<se:WellKnownName>")[1:]}) == len(hatches)
    qml = client.get("/styles/plan_patches", params={"f": "qml"}).text
    drawn = {name for name in ("b_diagonal", "diagonal_x", "dense6", "horizontal") if f'v="{name}"' in qml}
    assert len(drawn) == len(hatches)
    middle = shapely.from_geojson(json.dumps(page["features"][0]["geometry"])).representative_point()
    tile = morecantile.tms.get("WebMercatorQuad").tile(middle.x, middle.y, 15)
    answer = client.get(f"/collections/plan_patches/tiles/WebMercatorQuad/{tile.z}/{tile.y}/{tile.x}")
    assert (answer.status_code, b"conflict" in answer.content) == (200, True)


def test_a_comparison_is_read_over_http(client: TestClient):
    (listed,) = client.get("/plan-comparisons").json()["plan_comparisons"]
    found = client.get(f"/plan-comparisons/{listed['plan_comparison_id']}").json()
    assert found["summary"]["classes"] == listed["summary"]["classes"]
    missing = client.get("/plan-comparisons/999999")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "There is no comparison of plans 999999."


@pytest.mark.parametrize("by", ["land_class", "code"])
def test_plans_are_crossed_by_finer_classes_that_close_on_the_compared_area(client: TestClient, by: str):
    (listed,) = client.get("/plan-comparisons").json()["plan_comparisons"]
    found = client.get(f"/plan-comparisons/{listed['plan_comparison_id']}/matrices/{by}").json()
    (matrix,) = found["matrices"]
    total = listed["summary"]["compared_area"]
    for unit in ("m2", "ha", "mu"):
        cells = [cell[f"area_{unit}"] for row in matrix["areas"] for cell in row]
        assert sum(cells) == pytest.approx(total[f"area_{unit}"], abs=1e-6)
    assert "no_data" in matrix["row_names"]
    assert len(matrix["areas"]) == len(matrix["row_names"]) > 4
    assert client.get(f"/plan-comparisons/{listed['plan_comparison_id']}/matrices/colour").status_code == 400
