"""What an import refuses is kept whole, can be listed and corrected, and takes its place in the draft."""

import geopandas as gpd
import pytest
import shapely

from app.db.sessions import read_session, write_session
from app.layers.corrections import CorrectionRequest, import_corrections
from app.layers.errors import DeliveryRefusedError, NotADraftError, RejectedRowsError
from app.layers.faults import read_report
from app.layers.publishing import publish_draft
from app.layers.rejected import list_rejected, write_rejected
from app.layers.repository import require_layer, require_version

from .conftest import TODAY, rows, square

COUNTS = "select read_count, accepted_count, repaired_count, rejected_count from layer_version"
LINE = shapely.LineString([(113.5, 28), (113.6, 28)])
BOWTIE = shapely.Polygon([(113.2, 28), (113.201, 28.001), (113.201, 28), (113.2, 28.001)])


@pytest.fixture
def draft(delivery, load):
    load(
        delivery(
            [
                {"code": "A", "use": "0701", "geometry": square(0)},
                {"code": "B", "use": "0702", "geometry": None},
                {"code": "C", "use": "0703", "geometry": LINE},
                {"code": None, "use": "0704", "geometry": None},
            ]
        ),
        mapping={"parcel_code": "code", "land_use_code": "use"},
    )


@pytest.fixture
def export(draft, fresh_engine, tmp_path):
    """Write the refused features as a person gets them to correct."""
    path = tmp_path / "refused.gpkg"
    with read_session(fresh_engine) as session:
        version = require_version(session, require_layer(session, "parcels"), 1)
        refused = list_rejected(session, version)
        write_rejected(refused, version.source_crs, path)
    return gpd.read_file(path)


@pytest.fixture
def resubmit(fresh_engine, tmp_path):
    def resubmit(frame, number=1):
        path = tmp_path / "corrected.gpkg"
        frame.to_file(path)
        request = CorrectionRequest(path, "parcels", number)
        return import_corrections(fresh_engine, request, actor="clerk", today=TODAY)

    return resubmit


def test_refused_features_are_exported_whole(export):
    assert export["source_row"].tolist() == [2, 3, 4]
    assert export["reason"].tolist() == ["missing", "not_polygonal", "missing"]
    assert export["code"].tolist()[:2] == ["B", "C"]
    assert export["use"].tolist() == ["0702", "0703", "0704"]
    assert shapely.equals_exact(export.geometry[1], LINE)
    assert export.crs == "EPSG:4490"


def test_corrected_features_take_the_place_of_the_refused_ones(export, resubmit, fresh_engine):
    export.geometry = [square(5), BOWTIE, square(6)]
    result = resubmit(export)
    assert (result.accepted, result.repaired, result.rejected, result.still_rejected) == (2, 1, 0, 0)
    assert rows(fresh_engine, COUNTS) == [(4, 3, 1, 0)]
    stored = rows(fresh_engine, "select feature_id, land_use_code, attributes->>'source_row' from parcel order by 1")
    assert stored == [("A", "0701", None), ("B", "0702", None), ("C", "0703", None), ("row-4", "0704", None)]
    assert rows(fresh_engine, "select feature_id, source_row, reason from repair") == [("C", 3, "self_intersection")]
    assert rows(fresh_engine, "select count(*) from rejected_feature") == [(0,)]
    ((report,),) = rows(fresh_engine, "select report from layer_version")
    assert (report["accepted"], report["repaired"], report["rejected"]) == (3, 1, 0)
    assert [reason for reason in report["reasons"] if reason["outcome"] == "rejected"] == []
    assert report["corrections"] == [
        {"file": "corrected.gpkg", "by": "clerk", "accepted": 2, "repaired": 1, "rejected": 0}
    ]


def test_the_report_of_the_validation_counts_what_holds_now(export, resubmit, fresh_engine):
    export.geometry = [square(5), LINE, square(6)]
    assert resubmit(export).still_rejected == 1
    with read_session(fresh_engine) as session:
        layer = require_layer(session, "parcels")
        report = read_report(session, layer, require_version(session, layer, 1))
    assert (report.read, report.accepted, report.repaired, report.rejected) == (4, 3, 0, 1)
    assert (report.count("not_polygonal"), report.count("missing")) == (1, 0)


def test_some_can_come_first_and_the_others_later(export, resubmit, fresh_engine):
    export.geometry = [square(5), square(6), square(7)]
    assert resubmit(export.iloc[:1]).still_rejected == 2
    assert resubmit(export.iloc[1:]).still_rejected == 0
    assert rows(fresh_engine, COUNTS) == [(4, 4, 0, 0)]


def test_without_the_row_the_identifier_tells_which_one_it_is(export, resubmit, fresh_engine):
    export.geometry = [square(5), square(6), square(7)]
    assert resubmit(export.iloc[:2].drop(columns=["source_row", "reason"])).accepted == 2
    assert rows(fresh_engine, COUNTS) == [(4, 3, 0, 1)]


def test_a_feature_that_belongs_to_no_refused_row_changes_nothing(export, resubmit, fresh_engine):
    export.geometry = [square(5), square(6), square(7)]
    export["source_row"] = [2, 1, 99]
    with pytest.raises(RejectedRowsError, match=r"2 features of corrected\.gpkg belong to no refused row") as refused:
        resubmit(export)
    assert refused.value.extra["rows"] == [2, 3]
    assert rows(fresh_engine, COUNTS) == [(4, 1, 0, 3)]


def test_two_features_for_one_row_are_refused(export, resubmit, fresh_engine):
    export.geometry = [square(5), square(6), square(7)]
    export["source_row"] = [2, 2, 4]
    with pytest.raises(RejectedRowsError, match="Two corrected features are given for row 2"):
        resubmit(export)
    assert rows(fresh_engine, COUNTS) == [(4, 1, 0, 3)]


def test_a_correction_that_repeats_a_stored_feature_is_refused_again(export, resubmit, fresh_engine):
    export.geometry = [square(0), square(6), square(7)]
    export["code"] = ["A", "C", None]
    result = resubmit(export)
    assert (result.accepted, result.rejected, result.still_rejected) == (2, 1, 1)
    assert rows(fresh_engine, "select source_row, reason from rejected_feature") == [(2, "duplicate of A")]


def test_a_correction_with_a_name_that_is_taken_gets_another_and_is_told_so(export, resubmit, fresh_engine):
    export.geometry = [square(5), square(6), square(7)]
    export["code"] = ["A", "C", "D"]
    resubmit(export)
    assert [name for (name,) in rows(fresh_engine, "select feature_id from parcel order by 1")] == [
        "A",
        "A~1",
        "C",
        "D",
    ]
    told = "select kind, source_row, field, found, expected from intake_fault where kind = 'key_taken'"
    assert rows(fresh_engine, told) == [("key_taken", 2, "code", "A", "A~1")]


def test_corrections_of_a_delivery_with_swapped_axes_are_read_as_it_was(delivery, load, fresh_engine, tmp_path):
    def swapped(geometry):
        return shapely.transform(geometry, lambda points: points[:, ::-1])

    parcels = [{"code": "A", "geometry": swapped(square(0))}, {"code": "B", "geometry": swapped(LINE)}]
    load(delivery(parcels), mapping={"parcel_code": "code"}, accept_proposal=True)
    corrected = tmp_path / "corrected.gpkg"
    rows_of = [{"code": "B", "geometry": swapped(square(5))}]
    gpd.GeoDataFrame(rows_of, geometry="geometry", crs=4490).to_file(corrected)
    result = import_corrections(fresh_engine, CorrectionRequest(corrected, "parcels", 1), actor="clerk", today=TODAY)
    assert (result.accepted, result.still_rejected) == (1, 0)
    centres = "select feature_id, round(ST_X(ST_Centroid(geom))::numeric, 4)::float from parcel order by 1"
    assert rows(fresh_engine, centres) == [("A", 113.0005), ("B", 113.0055)]


def test_refused_features_with_swapped_axes_are_exported_where_they_are_and_come_back_so(
    delivery, load, fresh_engine, resubmit, tmp_path
):
    def swapped(geometry):
        return shapely.transform(geometry, lambda points: points[:, ::-1])

    parcels = [{"code": "A", "geometry": swapped(square(0))}, {"code": "B", "geometry": swapped(LINE)}]
    load(delivery(parcels), mapping={"parcel_code": "code"}, accept_proposal=True)
    path = tmp_path / "refused.geojson"
    with read_session(fresh_engine) as session:
        version = require_version(session, require_layer(session, "parcels"), 1)
        write_rejected(list_rejected(session, version), version.source_crs, path)
    refused = gpd.read_file(path)
    assert shapely.equals_exact(refused.geometry[0], LINE)
    refused.geometry = [square(5)]
    assert resubmit(refused).accepted == 1
    centres = "select feature_id, round(ST_X(ST_Centroid(geom))::numeric, 4)::float from parcel order by 1"
    assert rows(fresh_engine, centres) == [("A", 113.0005), ("B", 113.0055)]


def test_corrections_whose_axes_nobody_accepted_are_refused(export, resubmit):
    export.geometry = [shapely.transform(square(place), lambda points: points[:, ::-1]) for place in (5, 6, 7)]
    with pytest.raises(DeliveryRefusedError, match="written as"):
        resubmit(export)


def test_a_published_version_takes_no_corrections(export, resubmit, fresh_engine):
    export.geometry = [square(5), square(6), square(7)]
    with write_session(fresh_engine, actor="x") as session:
        publish_draft(session, "parcels")
    with pytest.raises(NotADraftError):
        resubmit(export)
