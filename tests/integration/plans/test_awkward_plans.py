"""Plans that are hard to compare, from delivered files to stored patches: five at once, and a zone of 25,000 vertices that overlaps another."""

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text

from app.plans.blueprint import make_blueprint
from app.plans.service import compare
from gis.area_plane import to_area_plane
from gis.crs import AREA_PLANE
from tests.integration.plans.conftest import AS_OF, TODAY, Deliver, ImportSquares

CITY = "GB 50137-2011"


def test_five_plans_are_compared_at_once_and_every_table_closes(fresh_engine: Engine, import_squares: ImportSquares):
    names = [f"plan_{number}" for number in range(5)]
    for number, name in enumerate(names):
        # In the square k the first k plans say construction land, the others do not.
        said = {"zone_code": ["R2" if number < k else "E2" for k in range(6)]}
        import_squares(name, "plan", [(k, 0) for k in range(6)], said, date(2020, 1, 1), CITY)
    summary = compare(fresh_engine, plans=names, lines=[], as_of=AS_OF, actor="test")
    total = summary["compared_area"]["area_m2"]
    areas = {item["class"]: item["area_m2"] / total for item in summary["classes"] if item["area_m2"] > 0}
    expected = {"agreed_construction": 1 / 6, "agreed_non_construction": 1 / 6, "conflict": 4 / 6}
    assert areas == pytest.approx(expected, abs=1e-6)
    assert len(summary["matrices"]) == 10
    for matrix in summary["matrices"]:
        assert sum(cell["area_m2"] for row in matrix["areas"] for cell in row) == pytest.approx(total, abs=1e-6)
    with fresh_engine.connect() as connection:
        said = connection.execute(text("select plan_codes from plan_patch where overlap_class = 'real'")).scalars()
        assert sorted(codes.count("R2") for codes in said) == [1, 2, 3, 4]
    drawn = make_blueprint(fresh_engine, plans=names, actor="test")
    assert drawn["decisions"]["agreed"]["area_m2"] == pytest.approx(total / 3, rel=1e-6)
    assert drawn["decisions"]["undecided"]["zones"] == 4


def test_a_zone_of_25_000_vertices_and_one_that_overlaps_it_are_compared_as_a_plain_overlay_says(
    fresh_engine: Engine, deliver: Deliver
):
    middle = shapely.get_coordinates(to_area_plane([shapely.Point(113.05, 28.05)]))[0]
    angle = np.linspace(0, 2 * np.pi, 25_000, endpoint=False)
    radius = 1500 * (1 + 0.1 * np.sin(7 * angle) + 0.02 * np.sin(613 * angle))
    winding = shapely.Polygon(middle + np.c_[radius * np.cos(angle), radius * np.sin(angle)])
    x, y = middle.tolist()
    beside = shapely.box(x + 1200, y - 300, x + 2500, y + 300)
    land = shapely.box(x - 3000, y - 3000, x + 3000, y + 3000)
    deliver(
        "city", gpd.GeoDataFrame(index=[0, 1], geometry=[winding, beside], crs=AREA_PLANE), codes={0: "R2", 1: "E2"}
    )
    deliver("land", gpd.GeoDataFrame(index=[0], geometry=[land], crs=AREA_PLANE), codes={0: "1100"})
    summary = compare(fresh_engine, plans=["city", "land"], lines=[], as_of=TODAY, actor="test")
    areas = {item["class"]: item["area_m2"] for item in summary["classes"] if item["area_m2"] > 0}
    assert areas == pytest.approx(
        {
            "contradiction": winding.intersection(beside).area,
            "conflict": winding.difference(beside).area,
            "agreed_non_construction": beside.difference(winding).area,
            "gap": land.area - winding.union(beside).area,
        },
        abs=0.02,
    )
    assert areas["contradiction"] > 10_000
