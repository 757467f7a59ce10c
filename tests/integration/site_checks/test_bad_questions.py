"""A question that cannot be answered gets a problem document that says what and where, and never a verdict."""

import json
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.site_checks import computing
from app.site_checks.errors import SiteOutsideError

from .conftest import box, request

BOWTIE = shapely.Polygon([(113, 28), (113.001, 28.001), (113.001, 28), (113, 28.001)])


@pytest.fixture
def refuse(put, client: TestClient, fresh_engine: Engine):
    """Ask, and return the problem; nothing may have been stored."""
    put("redline", "ecological_redline", [{"code": "R", "zone": "核心保护区", "geometry": box(-5, 1)}])

    def refuse(body: dict[str, Any] | None = None, status: int = 422, content: bytes | None = None) -> dict[str, Any]:
        sent = json.dumps(body).encode() if content is None else content
        answer = client.post("/site-checks", content=sent, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        assert "verdict" not in problem
        with fresh_engine.connect() as connection:
            assert connection.execute(text("select count(*) from site_check")).scalar_one() == 0
        return problem

    return refuse


def test_a_ring_that_crosses_itself_is_named_with_the_place(refuse):
    problem = refuse(request(box(0, 1), BOWTIE))
    (error,) = problem["errors"]
    assert error["feature"] == 2
    assert "Self-intersection[113.0005 28.0005]" in error["detail"]


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        (shapely.Polygon(), "empty"),
        (shapely.Point(113, 28), "POINT"),
        (shapely.LineString([(113, 28), (113.1, 28)]), "LINESTRING"),
        (shapely.GeometryCollection([box(0, 1), shapely.Point(113, 28)]), "GEOMETRYCOLLECTION"),
        (shapely.box(100, 20, 104, 24), "area"),
        (shapely.segmentize(shapely.box(113, 28, 113.01, 28.01), 0.04 / 100_100), "vertices"),
    ],
)
def test_what_is_no_polygon_of_a_size_to_check_is_refused(refuse, shape: shapely.Geometry, found: str):
    assert found in refuse(request(shape))["errors"][0]["detail"]


def test_a_feature_without_a_geometry_and_no_feature_at_all_are_refused(refuse):
    body = request(box(0, 1))
    body["sites"]["features"][0]["geometry"] = None
    assert "no geometry" in refuse(body)["detail"]
    assert "no feature" in refuse(request())["detail"]


def test_swapped_axes_are_refused_with_what_would_explain_them(refuse):
    swapped = shapely.transform(box(0, 1), lambda xy: xy[:, ::-1])
    problem = refuse(request(swapped))
    assert problem["errors"][0]["name"] == "crs"


def test_a_place_that_no_layer_knows_is_refused_and_not_free(refuse):
    problem = refuse(request(box(0, 1), shapely.box(120.0, 30.0, 120.001, 30.001)))
    assert problem["type"].endswith("site-outside-layers")
    assert (problem["sites"], problem["site_count"]) == (["site-2"], 1)


def test_places_that_no_layer_knows_are_named_beyond_the_group_of_the_first(refuse, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(computing, "CHUNK", 2)
    unknown = shapely.box(120.0, 30.0, 120.001, 30.001)
    problem = refuse(request(box(0, 1), unknown, box(0, 1), box(0, 1), unknown, box(0, 1)))
    assert (problem["sites"], problem["site_count"]) == (["site-2", "site-5"], 2)


def test_of_very_many_places_that_no_layer_knows_some_are_named_and_all_are_counted():
    sites = [f"site-{number}" for number in range(1, 1001)]
    error = SiteOutsideError(sites)
    assert "site-20 and 980 more: " in error.detail
    assert (len(error.extra["sites"]), error.extra["site_count"]) == (200, 1000)
    assert error.sites == sites


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"use_code": "9999"}, "use_code"),
        ({"activity_code": "dancing"}, "activity_code"),
        ({"industry_code": "Z9"}, "industry_code"),
        ({"crs": "EPSG:99999"}, "crs"),
        ({"stage": "someday"}, "stage"),
        ({"county_code": "abc"}, "county_code"),
        ({"colour": "red"}, "colour"),
        ({"indicators": {"floor_area_ratio": -1}}, "indicators.floor_area_ratio"),
    ],
)
def test_an_unknown_code_or_member_names_its_field(refuse, question: dict[str, Any], field: str):
    assert refuse(request(box(0, 1), **question))["errors"][0]["name"] == field


def named(system: object) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": system}}


@pytest.mark.parametrize(
    ("of_document", "of_feature", "of_geometry", "where", "found"),
    [
        (4547, None, None, "crs", "4547"),
        ({"type": "link", "properties": {"href": "zone.prj"}}, None, None, "crs", "zone.prj"),
        (named("nowhere"), None, None, "crs", "nowhere"),
        (None, named(7), None, "features.2.crs", "7"),
        (None, None, named("nowhere"), "features.2.geometry.crs", "nowhere"),
        (named("EPSG:4490"), None, named("EPSG:4547"), "features.2.geometry.crs", "EPSG:4547"),
    ],
    ids=["a number", "a link", "no system", "a number of a feature", "no system of a geometry", "two systems"],
)
def test_a_member_crs_that_cannot_be_followed_is_refused_where_it_stands(
    refuse, of_document: object, of_feature: object, of_geometry: object, where: str, found: str
):
    sites = request(box(0, 1), box(0, 1))["sites"] | {"crs": of_document}
    sites["features"][1]["crs"] = of_feature
    sites["features"][1]["geometry"]["crs"] = of_geometry
    (error,) = refuse(sites)["errors"]
    assert (error["name"], found in error["found"]) == (where, True)


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
@pytest.mark.parametrize("field", ["name", "宗地代码"])
def test_a_name_that_cannot_be_stored_is_refused_with_its_feature(refuse, bad: str, field: str):
    sites = request(box(0, 1), box(0, 1))["sites"]
    sites["features"][1]["properties"] = {field: f"a{bad}"}
    (error,) = refuse(sites)["errors"]
    assert (error["feature"], f"{field} with the character U+" in error["detail"]) == (2, True)


def test_a_layer_that_no_rule_speaks_about_is_refused_also_beside_another(refuse, put):
    put("parcels", "parcel", [{"code": "P", "geometry": box(0, 1)}])
    for layers in (["parcels"], ["redline", "parcels"]):
        problem = refuse(request(box(0, 1), layers=layers))
        assert (problem["type"], "parcels" in problem["detail"]) == ("urn:duogui:problem:no-rule", True)


def test_what_is_no_feature_and_no_day_is_named(refuse):
    body = request(box(0, 1))
    body["sites"]["features"].append(None)
    assert "features.2: found 'NoneType'" in refuse(body)["detail"]
    assert "as_of: expected a day such as 2024-06-30" in refuse(request(box(0, 1), as_of="20260630"))["detail"]


def test_a_body_that_is_nested_too_deep_is_refused(refuse):
    assert "nested too deep" in refuse(content=b'{"type": "Feature", "properties": ' + b"[" * 100_000)["detail"]


def test_a_body_that_is_no_question_is_refused(refuse, client: TestClient):
    refuse({})
    refuse({"sites": {"type": "Sphere"}})
    for content, media_type in ((b"{", "application/json"), (b"[]", "application/json"), (b"x", "image/png")):
        answer = client.post("/site-checks", content=content, headers={"Content-Type": media_type})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
    file = client.post("/site-checks", content=b"no archive", headers={"Content-Type": "application/zip"})
    assert file.status_code == 422
