"""Real, dirty data compared without a special case: zoning against its overlay districts, and the use of parcels against zoning."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.plans.blueprint import make_blueprint
from app.plans.service import compare

DAY = date(2026, 6, 30)


def deliver(engine: Engine, path: Path, to: str, kind: str, source_layer: str, mapping: dict[str, str]) -> None:
    request = ImportRequest(
        path=path, to=to, kind=kind, source_layer=source_layer, mapping=mapping, publish=True, valid_from=DAY
    )
    import_file(engine, request, actor="test", today=DAY)


@pytest.fixture
def cambridge(fresh_engine: Engine, test_data: Path) -> Engine:
    path = test_data / "cambridge_small.gpkg"
    zoning = {"zone_code": "ZONE_TYPE", "code_version": "=Cambridge zoning"}
    deliver(fresh_engine, path, "zoning", "plan", "zoning_districts", zoning)
    overlay = {"zone_code": "Type", "code_version": "=Cambridge overlay"}
    deliver(fresh_engine, path, "zoning_overlay", "plan", "zoning_overlay", overlay)
    uses = {"land_use_code": "use_code", "code_version": "=Massachusetts use codes"}
    deliver(fresh_engine, path, "parcels", "parcel", "parcels_fy2014", uses)
    deliver(fresh_engine, path, "flood", "flood_zone", "fema_100yr", {})
    return fresh_engine


def area_of_union(engine: Engine, tables: list[tuple[str, str]]) -> float:
    """Ask PostGIS for the ground that some layers cover, in square metres of the ellipsoid, roughly."""
    parts = " union all ".join(
        f"select geom from {table} join layer_version v on v.id = layer_version_id join layer l on l.id = v.layer_id where slug = '{slug}'"
        for table, slug in tables
    )
    with engine.connect() as connection:
        return float(
            connection.execute(text(f"select ST_Area(ST_Union(geom)::geography) from ({parts}) zones")).scalar_one()
        )


def assert_closed(summary: dict[str, Any]) -> None:
    total = summary["compared_area"]["area_m2"]
    assert total > 1e6
    assert sum(item["area_m2"] for item in summary["classes"]) == pytest.approx(total, abs=1e-6)
    matrix = summary["matrices"][0]["areas"]
    assert sum(cell["area_m2"] for row in matrix for cell in row) == pytest.approx(total, abs=1e-6)


@pytest.mark.parametrize("plans", [("zoning", "zoning_overlay"), ("parcels", "zoning")])
def test_real_plans_are_compared_and_close_on_the_ground_that_they_cover(cambridge: Engine, plans: tuple[str, str]):
    summary = compare(cambridge, plans=plans, lines=["flood"], as_of=DAY, actor="test")
    assert_closed(summary)
    tables = [("parcel" if slug == "parcels" else "plan_zone", slug) for slug in plans]
    assert summary["compared_area"]["area_m2"] == pytest.approx(area_of_union(cambridge, tables), rel=1e-5)
    # No table that is known has their codes: nothing is taken for construction land, and the codes are listed.
    assert {item["class"] for item in summary["classes"] if item["area_m2"] > 0} == {"gap"}
    assert {item["plan"] for item in summary["unknown_codes"]} == set(plans)
    (flooded,) = [line for line in summary["lines"] if line["touched"]["area_m2"] > 0]
    assert flooded["line"].startswith("flood_zone")
    stored = "select sum(area_m2), count(*) from plan_patch where until_revision is null"
    with cambridge.connect() as connection:
        area, count = connection.execute(text(stored)).one()
    assert area == pytest.approx(summary["compared_area"]["area_m2"], abs=0.01)
    assert count > len(summary["plans"])
    drawn = make_blueprint(cambridge, plans=plans, actor="test")
    assert drawn["area_m2"] == pytest.approx(summary["compared_area"]["area_m2"], abs=0.01)
    assert drawn["decisions"]["undecided"]["area_m2"] == pytest.approx(drawn["area_m2"], abs=0.01)
