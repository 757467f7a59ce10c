"""An import stores all of a delivery or nothing, and every feature is accepted, repaired or rejected."""

import json
from datetime import date, timedelta
from pathlib import Path

import pyproj
import pytest
import shapely

from app.db.sessions import read_session, write_session
from app.layers.delivery import read_coverage
from app.layers.differences import compare_versions
from app.layers.errors import DeliveryRefusedError, LayerNotFoundError, NotADraftError
from app.layers.publishing import discard_draft, publish_draft
from app.layers.repository import require_layer, version_in_force
from gis.crs import from_area_plane, project_geometries, to_area_plane

from .conftest import TODAY, rows, square

BOWTIE = shapely.Polygon([(113.2, 28), (113.201, 28.001), (113.201, 28), (113.2, 28.001)])


def test_every_feature_is_accepted_repaired_or_rejected(delivery, load, fresh_engine):
    path = delivery(
        [
            {"code": "A", "area": "1000.5", "geometry": square(0)},
            {"code": "B", "area": "ten", "geometry": BOWTIE},
            {"code": "C", "area": None, "geometry": None},
            {"code": "D", "area": "-1", "geometry": shapely.Polygon()},
            {"code": "A", "area": "1", "geometry": square(0)},
            {"code": "E", "area": "1", "geometry": square(0)},
        ]
    )
    result = load(path, mapping={"parcel_code": "code", "area_registered_m2": "area"})
    report = result.report
    assert (report["read"], report["accepted"], report["repaired"], report["rejected"]) == (6, 2, 1, 3)
    found = {(item["outcome"], item["reason"]): item for item in report["reasons"]}
    assert {("rejected", "missing"), ("rejected", "empty"), ("rejected", "duplicate")} <= set(found)
    assert found["note", "area_registered_m2: expected a number"]["examples"] == ["row 2, field area: 'ten'"]
    stored = rows(fresh_engine, "select feature_id, parcel_code, area_registered_m2 from parcel order by row_id")
    assert stored == [("A", "A", 1000.5), ("B", "B", None), ("E", "E", 1.0)]
    rejected = rows(fresh_engine, "select source_row, reason, attributes->>'code' from rejected_feature order by 1")
    assert rejected == [(3, "missing", "C"), (4, "empty", "D"), (5, "duplicate of row 1", "A")]


def test_a_repair_keeps_the_raw_geometry_and_both_areas(delivery, load, fresh_engine):
    load(delivery([{"code": "B", "geometry": BOWTIE}]), mapping={"parcel_code": "code"})
    ((feature_id, reason, raw, before, after),) = rows(
        fresh_engine, "select feature_id, reason, raw_wkb, area_before_m2, area_after_m2 from repair"
    )
    assert (feature_id, reason) == ("B", "self_intersection")
    assert shapely.from_wkb(raw).equals_exact(BOWTIE)
    # The loops of a bow-tie cancel in the signed sum, and are both kept by the repair.
    assert before == pytest.approx(0, abs=1)
    assert after == pytest.approx(5440, abs=20)


def test_areas_are_ellipsoidal_and_planar_and_never_the_registered_one(delivery, load, fresh_engine):
    golden = shapely.box(406700, 3125000, 407200, 3125400)
    path = delivery([{"area": 200000.0, "geometry": golden}], crs="EPSG:4547")
    load(path, mapping={"area_registered_m2": "area"})
    ((registered, ellipsoid, planar, lon),) = rows(
        fresh_engine,
        "select area_registered_m2, area_ellipsoid_m2, area_planar_m2, ST_XMin(geom) from parcel",
    )
    assert registered == 200000.0
    assert ellipsoid == pytest.approx(199957.2802, abs=1e-4)
    assert planar == pytest.approx(200000.0, abs=1e-4)
    assert 113 < lon < 113.2


def test_the_same_file_with_the_same_options_is_not_imported_twice(delivery, load, fresh_engine):
    path = delivery([{"code": "A", "geometry": square(0)}])
    first = load(path, mapping={"parcel_code": "code"})
    again = load(path, mapping={"parcel_code": "code"}, publish=True)
    assert (first.is_new, again.is_new, again.number, again.status) == (True, False, 1, "in_force")
    other = load(path)
    assert (other.is_new, other.number) == (True, 2)
    assert rows(fresh_engine, "select count(*) from layer_version") == [(2,)]


def test_publishing_archives_the_version_before_and_the_past_stays_answerable(delivery, load, fresh_engine):
    load(delivery([{"geometry": square(0)}], "a.gpkg"), publish=True, valid_from=date(2024, 1, 1))
    load(delivery([{"geometry": square(1)}], "b.gpkg"), publish=True, valid_from=date(2025, 1, 1))
    assert rows(fresh_engine, "select number, status from layer_version order by 1") == [
        (1, "archived"),
        (2, "in_force"),
    ]
    with read_session(fresh_engine) as session:
        layer = require_layer(session, "parcels")
        applies = {
            day: version_in_force(session, layer.id, as_of=day)
            for day in (date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1))
        }
        assert [version and version.number for version in applies.values()] == [None, 1, 1, 2]
        published = applies[date(2025, 1, 1)].published_at
        known_before = published - timedelta(microseconds=1)
        then = version_in_force(session, layer.id, as_of=date(2025, 6, 1), known_at=known_before)
        assert then.number == 1


def test_a_draft_can_be_published_or_discarded_once(delivery, load, fresh_engine):
    load(delivery([{"geometry": square(0)}]))
    with write_session(fresh_engine, actor="head") as session:
        assert publish_draft(session, "parcels").published_by == "head"
    with pytest.raises(NotADraftError, match="in_force"), write_session(fresh_engine, actor="x") as session:
        publish_draft(session, "parcels", 1)
    load(delivery([{"geometry": square(1)}], "b.gpkg"))
    with write_session(fresh_engine, actor="x") as session:
        assert discard_draft(session, "parcels") == 2
    assert rows(fresh_engine, "select count(*) from parcel") == [(1,)]


def test_two_versions_are_compared_by_feature(delivery, load, fresh_engine):
    before = [{"code": name, "use": "x", "geometry": square(i)} for i, name in enumerate("ABCD")]
    after = [
        before[0],
        before[1] | {"geometry": square(7)},
        before[2] | {"use": "y"},
        {"code": "E", "use": "x", "geometry": square(9)},
    ]
    load(delivery(before, "a.gpkg"), mapping={"parcel_code": "code"}, publish=True)
    load(delivery(after, "b.gpkg"), mapping={"parcel_code": "code"})
    with read_session(fresh_engine) as session:
        diff = compare_versions(session, "parcels", 1, 2).as_json()
    expected = {"added": 1, "removed": 1, "geometry_changed": 1, "attributes_changed": 1, "unchanged": 1}
    assert expected.items() <= diff.items()


def test_a_file_without_crs_is_refused_unless_one_is_given(delivery, load, fresh_engine):
    path = delivery([{"geometry": shapely.box(406700, 3125000, 407200, 3125400)}], "x.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(DeliveryRefusedError, match=r"names no reference system.*--crs"):
        load(path)
    assert rows(fresh_engine, "select count(*) from layer") == [(0,)]
    assert load(path, crs="EPSG:4547").report["accepted"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crs": "EPSG:2349"}, "local parameters"),
        ({"crs": "EPSG:nonsense"}, "no coordinate reference system"),
        ({"mapping": {"parcel_code": "nope"}}, "has no field nope; it has code"),
        ({"mapping": {"colour": "code"}}, "colour is no field to map to"),
        ({"kind": "castle"}, "no kind 'castle'"),
        ({"to": "Wrong-Slug"}, "cannot name a layer"),
        ({"to": "findings"}, "leave clearance_items, findings, idle_cases, land_findings"),
        ({"source_layer": "other"}, "no layer 'other'"),
    ],
)
def test_a_refused_delivery_says_what_is_wrong_and_stores_nothing(delivery, load, fresh_engine, options, message):
    path = delivery([{"code": "A", "geometry": square(0)}])
    with pytest.raises(DeliveryRefusedError, match=message):
        load(path, **options)
    assert rows(fresh_engine, "select count(*) from layer") == [(0,)]


def test_a_layer_is_made_only_when_a_kind_is_given(delivery, load):
    path = delivery([{"geometry": square(0)}])
    with pytest.raises(LayerNotFoundError, match="Give a kind to make it"):
        load(path, kind=None)


def test_eastings_with_a_zone_number_in_a_system_without_it_are_refused(delivery, load):
    path = delivery([{"geometry": shapely.box(38406700, 3125000, 38407200, 3125400)}], crs="EPSG:4547")
    with pytest.raises(DeliveryRefusedError, match=r"EPSG:4526 is likely.*--accept-proposal") as refused:
        load(path)
    assert refused.value.extra["report"]["settings"]["proposal"]["epsg"] == 4526


def test_an_accepted_proposal_is_recorded_with_the_version(delivery, load, fresh_engine):
    path = delivery([{"geometry": shapely.box(38406700, 3125000, 38407200, 3125400)}], crs="EPSG:4547")
    result = load(path, accept_proposal=True)
    assert result.report["options"]["accept_proposal"] is True
    ((crs, proposal, accepted, lon),) = rows(
        fresh_engine,
        "select source_crs, validation->'settings'->'proposal'->>'epsg', validation->'settings'->>'proposal_accepted', "
        "(select ST_XMin(geom) from parcel) from layer_version",
    )
    assert (crs, proposal, accepted) == ("EPSG:4526", "4526", "true")
    assert 113 < lon < 113.2


def test_one_feature_out_of_place_is_rejected_by_itself(delivery, load):
    good, bad = shapely.box(406700, 3125000, 407200, 3125400), shapely.box(1e12, 3125000, 2e12, 3125400)
    report = load(delivery([{"geometry": good}, {"geometry": bad}], crs="EPSG:4547")).report
    assert (report["accepted"], report["rejected"]) == (1, 1)
    assert report["reasons"][0]["reason"] == "out_of_place"


def test_points_and_lines_are_rejected_whole(delivery, load, fresh_engine):
    mixed = [{"geometry": shapely.Point(113, 28)}, {"geometry": square(0)}]
    report = load(delivery(mixed)).report
    assert (report["accepted"], report["rejected"]) == (1, 1)
    assert rows(fresh_engine, "select reason from rejected_feature") == [("not_polygonal",)]


def test_control_areas_get_their_zone_their_pieces_and_their_coverage(delivery, load, fresh_engine):
    coverage = delivery([{"geometry": shapely.box(112.9, 27.9, 113.5, 28.5)}], "coverage.gpkg")
    circle = shapely.Point(113.1, 28.1).buffer(0.02, quad_segs=500)
    path = delivery([{"zone": "核心保护区", "geometry": circle}, {"zone": "?", "geometry": square(0)}], "red.gpkg")
    report = load(
        path, to="redline", kind="ecological_redline", mapping={"control_zone": "zone"}, coverage=coverage, publish=True
    ).report
    assert rows(fresh_engine, "select control_zone from control_area order by row_id") == [("core",), (None,)]
    notes = {item["reason"]: item["examples"] for item in report["reasons"] if item["outcome"] == "note"}
    assert notes == {"control_zone: not a zone of this kind": ["row 2: '?'"]}
    ((pieces, largest, piece_area),) = rows(
        fresh_engine, "select count(*), max(ST_NPoints(geom)), sum(ST_Area(geom)) from control_piece"
    )
    assert pieces > 8
    assert largest <= 257
    ((area,),) = rows(fresh_engine, "select sum(area_ellipsoid_m2) from control_area")
    assert piece_area == pytest.approx(area, rel=1e-9)
    assert rows(fresh_engine, "select ST_XMin(coverage) from layer_version") == [(112.9,)]


def test_the_long_edges_of_a_coverage_stay_where_the_file_has_them(delivery):
    drawn = shapely.box(540_000, 3_105_000, 562_000, 3_125_000)
    coverage = read_coverage(delivery([{"geometry": drawn}], "coverage.gpkg", crs="EPSG:4547"))
    # The area plane draws straight from vertex to vertex; its lines are followed every ten metres.
    as_measured = from_area_plane(shapely.segmentize(to_area_plane([coverage]), 10))
    reached = project_geometries(as_measured, pyproj.CRS("EPSG:4547"))[0]
    assert shapely.symmetric_difference(reached, drawn).area < 20


def test_a_plan_is_known_where_its_zones_are(delivery, load, fresh_engine):
    path = delivery([{"code": "R", "geometry": square(0)}, {"code": "M", "geometry": square(1)}], "plan.gpkg")
    load(path, to="city_plan", kind="plan", mapping={"zone_code": "code", "code_version": "=GB 50137-2011"})
    assert rows(fresh_engine, "select zone_code, code_version from plan_zone order by 1") == [
        ("M", "GB 50137-2011"),
        ("R", "GB 50137-2011"),
    ]
    ((extent,),) = rows(fresh_engine, "select ST_AsText(ST_Envelope(coverage), 4) from layer_version")
    assert extent == "POLYGON((113 28,113 28.001,113.002 28.001,113.002 28,113 28))"


def test_source_attributes_are_kept_whatever_they_are(delivery, load, fresh_engine):
    path = delivery([{"名称": "地块", "n": 3, "x": 1.5, "d": date(2024, 2, 29), "none": None, "geometry": square(0)}])
    load(path)
    ((attributes,),) = rows(fresh_engine, "select attributes::text from parcel")
    assert json.loads(attributes) == {"名称": "地块", "n": 3, "x": 1.5, "d": "2024-02-29", "none": None}


def test_a_layer_of_another_kind_is_not_written_to(delivery, load):
    load(delivery([{"geometry": square(0)}]))
    with pytest.raises(DeliveryRefusedError, match="is of kind parcel, not plan"):
        load(delivery([{"geometry": square(1)}], "b.gpkg"), kind="plan")


def test_real_parcels_are_all_accounted_for(test_data: Path, load, fresh_engine):
    path = test_data / "cambridge_small.gpkg"
    report = load(path, source_layer="parcels_fy2014", mapping={"parcel_code": "ML"}).report
    assert (report["read"], report["accepted"], report["repaired"], report["rejected"]) == (13116, 13078, 37, 1)
    ((stored, named_twice),) = rows(
        fresh_engine, "select count(*), count(*) filter (where feature_id like '%~%') from parcel"
    )
    ((repeated,),) = rows(
        fresh_engine,
        "select count(*) from (select parcel_code from parcel group by 1 having count(*) > 1) as repeated",
    )
    assert stored == 13115
    assert repeated > 0
    assert named_twice >= 2 * repeated


def test_a_name_that_is_made_is_never_one_that_the_source_uses(delivery, load, fresh_engine):
    codes = ["A", "A", "A~1", None, "row-4"]
    path = delivery([{"code": code, "geometry": square(i)} for i, code in enumerate(codes)])
    load(path, mapping={"parcel_code": "code"})
    assert [row[0] for row in rows(fresh_engine, "select feature_id from parcel order by row_id")] == [
        "A~2",
        "A~3",
        "A~1",
        "row-4~",
        "row-4",
    ]


def test_the_same_ground_with_another_use_is_a_contradiction_and_is_kept(delivery, load):
    rows = [
        {"use": "R2", "geometry": square(0)},
        {"use": "G1", "geometry": square(0)},
        {"use": "G1", "geometry": square(0)},
    ]
    report = load(delivery(rows), to="city_plan", kind="plan", mapping={"zone_code": "use"}).report
    assert (report["accepted"], report["rejected"]) == (2, 1)


def test_the_version_published_last_applies_whatever_its_number(delivery, load, fresh_engine):
    load(delivery([{"geometry": square(0)}], "a.gpkg"), valid_from=date(2024, 1, 1))
    load(delivery([{"geometry": square(1)}], "b.gpkg"), valid_from=date(2024, 1, 1))
    for number in (2, 1):
        with write_session(fresh_engine, actor="x") as session:
            publish_draft(session, "parcels", number)
    with read_session(fresh_engine) as session:
        applies = version_in_force(session, require_layer(session, "parcels").id, as_of=TODAY)
        assert (applies.number, applies.status) == (1, "in_force")


def test_the_number_of_a_discarded_draft_is_not_used_again(delivery, load, fresh_engine):
    load(delivery([{"geometry": square(0)}], "a.gpkg"))
    with write_session(fresh_engine, actor="x") as session:
        assert discard_draft(session, "parcels") == 1
    assert load(delivery([{"geometry": square(1)}], "b.gpkg")).number == 2


def test_what_is_said_of_an_existing_layer_has_to_agree_with_it(delivery, load):
    path = delivery([{"geometry": square(0)}])
    load(path, title_zh="宗地")
    load(path, title_zh="宗地")
    with pytest.raises(DeliveryRefusedError, match="an import does not change it: mandatory True"):
        load(path, mandatory=True)


def test_an_archived_delivery_is_not_put_in_force_again_in_silence(delivery, load):
    old = delivery([{"geometry": square(0)}], "a.gpkg")
    load(old, publish=True)
    load(delivery([{"geometry": square(1)}], "b.gpkg"), publish=True)
    with pytest.raises(DeliveryRefusedError, match="is archived"):
        load(old, publish=True)
