"""A delivery with twenty planted faults yields exactly those twenty, in whatever format and language it is read."""

import json
from importlib import resources
from pathlib import Path

import geopandas as gpd
import jsonschema
import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.validation import opening, service
from app.validation.service import ValidationRequest, validate_delivery
from gis.validation import DeliveryReport, Severity, fault_kinds, render_html, write_fault_layer
from tests.integration.validation.planted import TODAY, Planted, planted_delivery
from tests.integration.validation.planted_plan import planted_plan

SCHEMA = json.loads((resources.files("gis.validation") / "tables" / "report_schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def planted() -> Planted:
    return planted_delivery()


@pytest.fixture(scope="module")
def delivery(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted.write(tmp_path_factory.mktemp("delivery") / "宗地.gpkg")


@pytest.fixture(scope="module")
def report(delivery: Path) -> DeliveryReport:
    return validate_delivery(ValidationRequest(delivery, "parcel", TODAY))


def test_exactly_the_twenty_planted_faults_are_found(planted: Planted, report: DeliveryReport):
    assert len(planted.expected) == 20
    assert sorted((fault.source_row, fault.kind) for fault in report.faults) == sorted(planted.expected)


def test_every_feature_is_accepted_repaired_or_rejected(planted: Planted, report: DeliveryReport):
    assert (report.read, report.repaired, report.rejected) == (len(planted.rows), planted.repaired, planted.rejected)
    assert report.accepted == report.read - report.repaired - report.rejected


def test_nothing_was_left_unexamined(report: DeliveryReport):
    assert [(check.name, check.status.value) for check in report.checks if check.status.value != "done"] == [
        # This delivery comes without a table of counties.
        ("county_codes", "partly")
    ]
    assert {check.name for check in report.checks} >= {
        "crs",
        "geometry",
        "topology",
        "attributes",
        "land_use_codes",
        "declared_area",
    }


def test_faults_stand_on_the_parcels_that_have_them(planted: Planted, report: DeliveryReport):
    frame = gpd.GeoDataFrame(planted.rows, geometry="geometry", crs=4547).to_crs(4490)
    placed = [fault for fault in report.faults if fault.geometry is not None]
    assert len(placed) >= 18
    for fault in placed:
        assert fault.source_row is not None
        assert frame.geometry[fault.source_row - 1].distance(fault.geometry) < 1e-6


def test_the_overlap_is_measured_and_drawn(report: DeliveryReport):
    (overlap,) = [fault for fault in report.faults if fault.kind == "overlap"]
    assert overlap.area_m2 == pytest.approx(4 * 80, rel=1e-3)
    assert overlap.width_m == pytest.approx(2 * 4 * 80 / (2 * (4 + 80)), rel=1e-2)
    assert overlap.geometry is not None
    assert overlap.geometry.geom_type == "Polygon"
    assert "(#33)" in str(overlap.found)


def test_every_fault_is_told_in_both_languages(report: DeliveryReport):
    for fault in report.faults:
        for text in (fault.text_zh, fault.text_en, fault_kinds()[fault.kind].remedy_zh):
            assert text
            assert "None" not in text
            assert "{" not in text


def test_the_report_the_page_and_the_fault_layer_agree(report: DeliveryReport, tmp_path: Path):
    document = json.loads(json.dumps(report.as_json(), ensure_ascii=False))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert sum(tally["count"] for tally in document["faults"]) == 20
    written = write_fault_layer(report.faults, tmp_path / "faults.gpkg")
    assert sum(written.values()) == 20
    for language in ("zh", "en"):
        page = render_html(report, language)
        assert page.count('<span class="tag error">') == 2 * sum(
            tally.severity is Severity.ERROR for tally in report.tallies
        )


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_the_size_of_batches_changes_nothing(
    delivery: Path, planted: Planted, batch_size: int, monkeypatch: pytest.MonkeyPatch
):
    iter_features = service.iter_features
    for module in (opening, service):
        monkeypatch.setattr(module, "iter_features", lambda source: iter_features(source, batch_size=batch_size))
    again = validate_delivery(ValidationRequest(delivery, "parcel", TODAY))
    assert sorted((fault.source_row, fault.kind) for fault in again.faults) == sorted(planted.expected)


def test_the_command_prints_the_report_and_says_by_its_exit_code_that_there_are_errors(delivery: Path, tmp_path: Path):
    page, layer = tmp_path / "report.html", tmp_path / "faults.gpkg"
    result = CliRunner().invoke(
        app,
        [
            "validate",
            str(delivery),
            "--kind",
            "parcel",
            "--json",
            "--language",
            "en",
            "--html",
            str(page),
            "--faults",
            str(layer),
        ],
    )
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["counts"]["rejected"] == 3
    assert "Validation report" in page.read_text("utf-8")
    assert layer.exists()


def test_exactly_the_twelve_faults_planted_in_a_plan_are_found(tmp_path: Path):
    plan = planted_plan()
    scope = plan.write_scope(tmp_path / "范围.gpkg")
    report = validate_delivery(ValidationRequest(plan.write(tmp_path / "用地.gpkg"), "plan", TODAY, scope=scope))
    assert len(plan.expected) == 12
    assert sorted((fault.source_row, fault.kind) for fault in report.faults) == sorted(plan.expected)
    (outside,) = [fault for fault in report.faults if fault.kind == "outside_scope"]
    assert outside.area_m2 == pytest.approx(50 * 100, rel=1e-3)
    (overlap,) = [fault for fault in report.faults if fault.kind == "overlap"]
    # A triangle over the edge of a hundred metres, a metre high.
    assert overlap.area_m2 == pytest.approx(100 * 1 / 2, rel=1e-3)
