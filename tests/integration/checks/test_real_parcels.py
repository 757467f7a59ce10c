"""Findings on real, dirty data equal those of an independent engine: PostGIS SQL over the same plane coordinates."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.checks import repository
from app.checks.service import run_check
from app.db.sessions import read_session
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.layers.repository import require_layer, version_in_force
from tests.conftest import MakeTemplate

DAY = date(2026, 6, 30)
# A pair of less than this in either result is compared as a list, because two engines round it differently.
SMALL_M2 = 0.01

ORACLE = """
select plane_parcel.row_id, ST_Area(ST_Intersection(plane_parcel.geom, (select ST_Union(geom) from plane_control)))
  from plane_parcel where exists
       (select 1 from plane_control where ST_Intersects(plane_parcel.geom, plane_control.geom))
"""


@pytest.fixture
def fresh_template(make_template: MakeTemplate, test_data: Path) -> str:
    return make_template("template_checked", partial(put_checked, test_data / "cambridge_small.gpkg"))


@pytest.fixture
def checked(fresh_engine: Engine) -> Engine:
    return fresh_engine


def put_checked(path: Path, engine: Engine, folder: Path) -> None:
    sources = [
        ("parcels", "parcel", "parcels_fy2014", {"parcel_code": "ML"}),
        ("zoning", "plan", "zoning_districts", {}),
        ("fema_100yr", "flood_zone", "fema_100yr", {}),
        ("wetlands", "wetland", "wetlands", {}),
    ]
    for to, kind, layer, mapping in sources:
        request = ImportRequest(
            path=path, to=to, kind=kind, source_layer=layer, mapping=mapping, publish=True, valid_from=date(2024, 1, 1)
        )
        import_file(engine, request, actor="test", today=DAY)
    run_check(engine, as_of=DAY, actor="test")


def load_plane_tables(engine: Engine, control_slug: str) -> None:
    """Give PostGIS the plane coordinates that the engine worked on, without an SRID."""
    with read_session(engine) as session:
        version = version_in_force(session, require_layer(session, "parcels").id, as_of=DAY)
        targets = repository.read_targets(session, version)
        control = repository.read_control_layer(session, require_layer(session, control_slug), DAY)
    with engine.begin() as connection:
        for table, frame in (("plane_parcel", targets), ("plane_control", control.data.areas)):
            connection.execute(text(f"create table {table} (row_id bigint, geom geometry)"))
            connection.execute(
                text(f"insert into {table} values (:row_id, ST_GeomFromWKB(:wkb))"),
                [{"row_id": row_id, "wkb": geometry.wkb} for row_id, geometry in frame.geometry.items()],
            )
            connection.execute(text(f"create index on {table} using gist (geom)"))


def test_findings_equal_those_of_postgis(checked: Engine):
    load_plane_tables(checked, "fema_100yr")
    with checked.connect() as connection:
        oracle = dict(connection.execute(text(ORACLE)).all())
        found = dict(
            connection.execute(
                text("select target_row_id, overlap_area_m2 from finding where control_layer = 'fema_100yr'")
            ).all()
        )
        audit = connection.scalar(
            text(
                "select audit from check_run_layer join layer on layer.id = control_layer_id where slug = 'fema_100yr'"
            )
        )
    large = {
        row_id
        for row_id in found.keys() | oracle.keys()
        if min(found.get(row_id, 0), oracle.get(row_id, 0)) >= SMALL_M2
    }
    small = {row_id for row_id in found.keys() | oracle.keys() if row_id not in large}
    assert len(large) > 150
    assert {row_id: found[row_id] for row_id in large} == pytest.approx(
        {row_id: oracle[row_id] for row_id in large}, rel=1e-6
    )
    assert [row_id for row_id in small if max(found.get(row_id, 0), oracle.get(row_id, 0)) >= SMALL_M2] == []
    assert audit["measured_area_m2"] == pytest.approx(sum(oracle.values()), rel=1e-9)


def test_every_control_layer_says_how_far_it_is_known(checked: Engine):
    with checked.connect() as connection:
        rows = connection.execute(
            text(
                "select slug, status, verdict, covered_share from check_run_layer "
                "join layer on layer.id = control_layer_id order by slug"
            )
        ).all()
    # Neither layer states where it is known, so that even a hit leaves a warning behind.
    assert [tuple(row) for row in rows] == [("fema_100yr", "hit", "REVIEW", None), ("wetlands", "hit", "REVIEW", None)]
