"""A file whose reference system is wrong is refused with a proposal, and read as proposed once that is accepted."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from app.cli.main import app
from app.layers.errors import DeliveryRefusedError
from app.validation.service import ValidationRefusedError, ValidationRequest, open_validation, validate_delivery
from gis.crs_firewall.map_shifts import gcj02_of
from gis.formats.reading import open_source
from gis.validation import DeliveryReport
from tests.integration.validation.planted import TODAY, Planted


@pytest.fixture(scope="module")
def right() -> gpd.GeoDataFrame:
    planted = Planted()
    planted.right(30)
    return gpd.GeoDataFrame(planted.rows, geometry="geometry", crs=4547)


def write(frame: gpd.GeoDataFrame, path: Path, crs: int | None) -> Path:
    """Write a file; without a reference system it is a shapefile whose .prj has been lost."""
    frame.set_crs(crs or 4547, allow_override=True).to_file(path)
    if crs is None:
        path.with_suffix(".prj").unlink()
    return path


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda points: points[:, ::-1]))


def validate(path: Path, **named: Any) -> DeliveryReport:
    return validate_delivery(ValidationRequest(path, "parcel", TODAY, **named))


def crs_faults(report: DeliveryReport) -> list[str]:
    return [fault.kind for fault in report.faults if fault.kind.startswith("crs_")]


CASES = {
    "prefixed eastings declared as 4547": (lambda frame: frame.to_crs(4526), 4547, "crs_zone_prefix_unexpected", 4526),
    "plain eastings declared as 4526": (lambda frame: frame, 4526, "crs_zone_prefix_missing", 4547),
    "axes swapped": (swapped, 4547, "crs_swapped_axes", 4547),
    "degrees declared as metres": (lambda frame: frame.to_crs(4490), 4547, "crs_degrees_as_metres", 4490),
    "metres declared as degrees": (lambda frame: frame.to_crs(4526), 4490, "crs_metres_as_degrees", 4526),
    "no system": (lambda frame: frame.to_crs(4526), None, "crs_missing", 4526),
}


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_declaration_is_named_and_the_accepted_proposal_reads_the_file(
    case: str, right: gpd.GeoDataFrame, tmp_path: Path
):
    change, declared, kind, epsg = CASES[case]
    path = write(change(right), tmp_path / "parcels.shp", declared)
    refused = validate(path)
    assert crs_faults(refused) == [kind]
    assert (refused.read, refused.rejected) == (30, 30)
    assert refused.settings["proposal"]["epsg"] == epsg
    assert refused.settings["proposal_accepted"] is False
    taken = validate(path, accept_proposal=True)
    assert (taken.read, taken.accepted) == (30, 30)
    assert crs_faults(taken) == [kind, "crs_proposal_applied"]
    assert taken.settings["proposal_accepted"] is True
    # The declared areas fit only where the coordinates are read rightly.
    assert taken.areas["residue_ellipsoid_m2"] == pytest.approx(0, abs=0.2)
    assert taken.count("area_differs") == 0


def test_the_wrong_zone_is_told_by_the_county_of_the_codes(right: gpd.GeoDataFrame, tmp_path: Path):
    path = write(right, tmp_path / "parcels.shp", 4549)
    report = validate(path)
    assert crs_faults(report) == ["crs_wrong_zone"]
    (fault,) = [fault for fault in report.faults if fault.kind == "crs_wrong_zone"]
    assert "长沙县" in fault.text_zh
    assert report.settings["proposal"]["epsg"] == 4547
    near = (112.9, 28.0, 113.3, 28.5)
    assert validate(path, expected=near, accept_proposal=True).accepted == 30


def test_where_no_county_is_known_the_province_tells_the_wrong_zone(right: gpd.GeoDataFrame, tmp_path: Path):
    unlisted = right.copy()
    unlisted["ZDDM"] = unlisted["ZDDM"].str.replace("430121", "430199")
    unlisted["BDCDYH"] = unlisted["BDCDYH"].str.replace("430121", "430199")
    report = validate(write(unlisted, tmp_path / "parcels.shp", 4549))
    assert crs_faults(report) == ["crs_wrong_zone"]
    # Two zones bring it into the province, so that nobody can say which.
    assert report.settings["proposal"] is None
    assert report.count("parcel_code_county_unlisted") == 1


def test_xian_80_is_refused_whatever_is_accepted(right: gpd.GeoDataFrame, tmp_path: Path):
    path = write(right, tmp_path / "parcels.shp", 2383)
    report = validate(path, accept_proposal=True)
    assert crs_faults(report) == ["crs_datum_refused"]
    assert report.rejected == report.read == 30


def test_degrees_and_metres_in_one_file_are_refused(right: gpd.GeoDataFrame, tmp_path: Path):
    mixed = right.copy()
    mixed.loc[5:6, "geometry"] = right.to_crs(4490).geometry[5:7].to_numpy()
    report = validate(write(mixed, tmp_path / "parcels.gpkg", 4547), accept_proposal=True)
    assert crs_faults(report) == ["crs_mixed_units"]
    assert report.rejected == 30


def test_attributes_are_examined_although_the_system_is_not_settled(right: gpd.GeoDataFrame, tmp_path: Path):
    wrong = right.copy()
    wrong.loc[4, "ZDDM"] = "430121"
    report = validate(write(wrong, tmp_path / "parcels.shp", None))
    assert report.count("parcel_code_length") == 1
    assert {check.name for check in report.checks if check.status.value == "not_done"} >= {
        "geometry",
        "topology",
        "declared_area",
    }


def test_data_drawn_over_a_web_map_are_recognised_against_a_reference(right: gpd.GeoDataFrame, tmp_path: Path):
    chance = np.random.default_rng(1)
    jitter = chance.uniform(-8, 8, (len(right), 2))
    ragged = right.set_geometry(
        [shapely.affinity.translate(block, *move) for block, move in zip(right.geometry, jitter, strict=True)]
    )
    reference = write(ragged, tmp_path / "reference.gpkg", 4547)
    geographic = ragged.to_crs(4490)
    shifted = geographic.set_geometry(shapely.transform(geographic.geometry.to_numpy(), gcj02_of))
    path = write(shifted, tmp_path / "parcels.gpkg", 4490)
    assert crs_faults(validate(path)) == []
    assert crs_faults(validate(path, reference=reference)) == ["crs_gcj02_shift"]
    assert crs_faults(validate(reference, reference=reference)) == []


def test_the_import_gets_the_report_with_the_refusal(right: gpd.GeoDataFrame, tmp_path: Path):
    source = open_source(write(right.to_crs(4526), tmp_path / "parcels.shp", 4547))
    with pytest.raises(ValidationRefusedError) as refused:
        open_validation(source, "parcel", mapping={}, crs=None, today=TODAY)
    assert refused.value.status == 422
    assert refused.value.report.settings["proposal"]["epsg"] == 4526
    validator = open_validation(source, "parcel", mapping={}, crs=None, today=TODAY, accept_proposal=True)
    assert validator.crs.to_epsg() == 4526
    assert validator.proposal is not None
    assert validator.mapping["parcel_code"] == "ZDDM"


def test_what_the_caller_says_of_the_system_goes_before_the_file(right: gpd.GeoDataFrame, tmp_path: Path):
    path = write(right, tmp_path / "parcels.shp", None)
    assert validate(path, crs="EPSG:4547").accepted == 30


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"crs": "EPSG:1"}, "is no coordinate reference system"),
        ({"mapping": {"colour": "ZDDM"}}, "colour is no field to map to"),
        ({"mapping": {"parcel_code": "NOPE"}}, "has no field NOPE"),
    ],
)
def test_a_request_that_names_what_is_not_there_is_refused(
    named: dict[str, Any], message: str, right: gpd.GeoDataFrame, tmp_path: Path
):
    path = write(right, tmp_path / "parcels.shp", 4547)
    with pytest.raises(DeliveryRefusedError, match=message):
        validate(path, **named)


def test_the_command_prints_the_proposal_and_takes_it(right: gpd.GeoDataFrame, tmp_path: Path):
    path = write(right.to_crs(4526), tmp_path / "parcels.shp", None)
    refused = CliRunner().invoke(app, ["validate", str(path), "--kind", "parcel", "--language", "en"])
    assert refused.exit_code == 1
    assert "EPSG:4526" in refused.stdout
    assert "--accept-proposal" in refused.stdout
    taken = CliRunner().invoke(app, ["validate", str(path), "--kind", "parcel", "--accept-proposal"])
    assert "30 accepted" in " ".join(taken.stdout.split())


def test_a_file_that_is_none_is_told_in_a_paragraph(tmp_path: Path):
    path = tmp_path / "broken.gpkg"
    path.write_bytes(b"not a database")
    with pytest.raises(DeliveryRefusedError, match=r"broken\.gpkg"):
        validate(path)


def test_bounds_are_four_numbers(tmp_path: Path):
    result = CliRunner().invoke(app, ["validate", str(tmp_path / "x.gpkg"), "--kind", "parcel", "--expected", "1,2,3"])
    assert result.exit_code == 2


def test_a_table_of_counties_knows_which_there_are_and_where(right: gpd.GeoDataFrame, tmp_path: Path):
    table = tmp_path / "counties.csv"
    table.write_text("code,name,west,south,east,north\n430121,长沙县,112.9,28.0,113.5,28.7\n", encoding="utf-8")
    wrong = right.copy()
    wrong.loc[4, "ZDDM"] = "430199001001GB00005"
    wrong.loc[4, "BDCDYH"] = "430199001001GB00005W00000000"
    path = write(wrong, tmp_path / "parcels.gpkg", 4547)
    without, with_table = validate(path), validate(path, counties=table)
    assert (without.count("parcel_code_county"), with_table.count("parcel_code_county")) == (0, 1)
    (fault,) = [fault for fault in with_table.faults if fault.kind == "parcel_code_county"]
    assert (fault.source_row, fault.found, fault.expected) == (5, "430199", "counties.csv")
    told = [
        [check.status.value for check in report.checks if check.name == "county_codes"]
        for report in (without, with_table)
    ]
    assert told == [["partly"], ["done"]]
    # The county is a hundredth of its province, so that the wrong zone beside it is told and the right one proposed.
    elsewhere = validate(write(right, tmp_path / "elsewhere.gpkg", 4548), counties=table)
    assert crs_faults(elsewhere) == ["crs_wrong_zone"]
    assert elsewhere.settings["proposal"]["epsg"] == 4547
