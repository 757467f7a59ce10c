"""Real, dirty data compared without a special case: zoning against its overlay districts, and the use of parcels against zoning."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text

from app.code_tables.local_tables import keep_table
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.plans.blueprint import make_blueprint
from app.plans.service import compare
from gis.area_plane import to_area_plane
from tests.conftest import MakeTemplate

DAY = date(2026, 6, 30)
TABLES = {"zoning": "plan_zone", "zoning_overlay": "plan_zone", "parcels": "parcel"}
WITH_CODE = (
    "from {table} join layer_version v on v.id = layer_version_id join layer l on l.id = v.layer_id "
    "where slug = '{slug}' and {code} is not null"
)


def deliver(engine: Engine, path: Path, to: str, kind: str, source_layer: str, mapping: dict[str, str]) -> None:
    request = ImportRequest(
        path=path, to=to, kind=kind, source_layer=source_layer, mapping=mapping, publish=True, valid_from=DAY
    )
    import_file(engine, request, actor="test", today=DAY)


@pytest.fixture
def fresh_template(make_template: MakeTemplate, test_data: Path) -> str:
    return make_template("template_cambridge", partial(put_cambridge, test_data / "cambridge_small.gpkg"))


@pytest.fixture
def cambridge(fresh_engine: Engine) -> Engine:
    return fresh_engine


def put_cambridge(path: Path, engine: Engine, folder: Path) -> None:
    zoning = {"zone_code": "ZONE_TYPE", "code_version": "=Cambridge zoning"}
    deliver(engine, path, "zoning", "plan", "zoning_districts", zoning)
    overlay = {"zone_code": "Type", "code_version": "=Cambridge overlay"}
    deliver(engine, path, "zoning_overlay", "plan", "zoning_overlay", overlay)
    uses = {"land_use_code": "use_code", "code_version": "=Massachusetts use codes"}
    deliver(engine, path, "parcels", "parcel", "parcels_fy2014", uses)
    deliver(engine, path, "flood", "flood_zone", "fema_100yr", {})


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
    # The zoning districts alone have 57, of which the 20 most frequent are listed.
    assert summary["unknown_codes_left_off"] > 30
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


# Of the use codes of Massachusetts: vacant and undeveloped land, and open space.
UNBUILT = {*map(str, (130, 131, 132, 390, 391, 392, 440, 442, 930, 936, 946)), *map(str, range(970, 977))}
MEANINGS = ("construction", "non_construction", "no_data")


def meaning_of(slug: str, code: str) -> str:
    """Say what a code is: open space and what is not built on is no construction land, districts that only add rules say nothing."""
    if slug == "zoning":
        return "non_construction" if code == "OS" else "construction"
    if slug == "zoning_overlay":
        return "construction" if code == "Institutional" else "no_data"
    return "non_construction" if code in UNBUILT else "construction"


def keep_meanings(engine: Engine, folder: Path) -> None:
    columns = {"zoning": "zone_code", "zoning_overlay": "zone_code", "parcels": "land_use_code"}
    for slug, column in columns.items():
        statement = (
            f"select distinct {column}, code_version {WITH_CODE.format(table=TABLES[slug], slug=slug, code=column)}"
        )
        with engine.connect() as connection:
            rows = connection.execute(text(statement)).all()
        path = folder / f"{slug}.csv"
        lines = [f'"{code}",{meaning_of(slug, code)}' for code, _ in rows]
        path.write_text("\n".join(["code,construction_status", *lines]), encoding="utf-8")
        keep_table(engine, path, rows[0][1], actor="test")


def ground_by_meaning(engine: Engine, slug: str) -> dict[str, shapely.Geometry]:
    """Unite the zones of each meaning, plainly; where meanings overlap, no data counts first, unless the others contradict each other."""
    column = "land_use_code" if slug == "parcels" else "zone_code"
    statement = f"select {column}, ST_AsBinary(geom) {WITH_CODE.format(table=TABLES[slug], slug=slug, code='geom')}"
    with engine.connect() as connection:
        rows = connection.execute(text(statement)).all()
    said = np.array(["no_data" if code is None else meaning_of(slug, code) for code, _ in rows])
    plane = to_area_plane(shapely.from_wkb(np.array([bytes(wkb) for _, wkb in rows], dtype=object)))
    united = {meaning: shapely.union_all(plane[said == meaning]) for meaning in MEANINGS}
    both = shapely.intersection(united["construction"], united["non_construction"])
    silent = shapely.union_all([united["no_data"], both])
    return {
        meaning: shapely.difference(united[meaning], silent) for meaning in ("construction", "non_construction")
    } | {"contradiction": both}


def test_real_plans_are_compared_by_what_a_local_table_says_their_codes_mean(cambridge: Engine, tmp_path: Path):
    keep_meanings(cambridge, tmp_path)
    ground = {slug: ground_by_meaning(cambridge, slug) for slug in TABLES}
    for first, second in (("zoning", "zoning_overlay"), ("parcels", "zoning")):
        summary = compare(cambridge, plans=[first, second], lines=["flood"], as_of=DAY, actor="test")
        assert_closed(summary)
        assert [row["code"] for row in summary["unknown_codes"]] == [None] * len(summary["unknown_codes"])
        areas = {item["class"]: item["area_m2"] for item in summary["classes"]}
        one, other = ground[first], ground[second]
        clear = shapely.union_all([one["contradiction"], other["contradiction"]])
        expected = {
            "agreed_construction": [("construction", "construction")],
            "agreed_non_construction": [("non_construction", "non_construction")],
            "conflict": [("construction", "non_construction"), ("non_construction", "construction")],
        }
        for name, pairs in expected.items():
            parts = [shapely.intersection(one[left], other[right]) for left, right in pairs]
            assert areas[name] == pytest.approx(shapely.difference(shapely.union_all(parts), clear).area, abs=0.5), name
        assert areas["agreed_construction"] > 1e5
        assert areas["conflict"] > 1e4
        stored = "select sum(area_m2) from plan_patch where plan_comparison_id = :id and conflict_class = 'conflict'"
        with cambridge.connect() as connection:
            drawn = connection.execute(text(stored), {"id": summary["plan_comparison_id"]}).scalar_one()
        assert drawn == pytest.approx(areas["conflict"], abs=0.01)
