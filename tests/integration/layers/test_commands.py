"""``duogui layers`` and ``duogui import`` as a person uses them."""

import json

import geopandas as gpd
import pytest
import shapely
from typer.testing import CliRunner

from app.cli import layers as commands
from app.cli.main import app
from app.errors import AppError
from app.settings import get_settings

from .conftest import square

CODE = {"parcel_code": "code"}
BOWTIE = shapely.Polygon([(113.2, 28), (113.201, 28.001), (113.201, 28), (113.2, 28.001)])


@pytest.fixture
def duogui(fresh_url, tmp_path, monkeypatch):
    """Return a function that runs a command and gives what it printed."""
    monkeypatch.setenv("DUOGUI_DATABASE_URL", fresh_url.replace("+psycopg", ""))
    monkeypatch.setenv("DUOGUI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()

    def run(*arguments):
        group = commands.app if arguments[0] == "layers" else app
        result = CliRunner().invoke(group, arguments[1:] if arguments[0] == "layers" else arguments)
        if isinstance(result.exception, AppError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    yield run
    get_settings.cache_clear()


@pytest.fixture
def two_versions(delivery, load):
    before = [{"code": name, "use": "x", "geometry": square(i)} for i, name in enumerate("ABC")]
    after = [before[0], before[1] | {"use": "y"}, {"code": "C", "use": "x", "geometry": square(2, 0.0009)}]
    load(delivery(before, "a.gpkg"), mapping=CODE, publish=True)
    load(delivery(after, "b.gpkg"), mapping=CODE)


def test_the_list_shows_what_applies_today_and_the_newest_draft(duogui, two_versions):
    (layer,) = json.loads(duogui("layers", "list", "--json"))
    assert (layer["applies_today"], layer["newest_draft"]) == (1, 2)
    printed = duogui("layers", "list")
    assert "applies today" in printed
    assert "draft" in printed


def test_a_difference_is_printed_listed_and_written(duogui, two_versions, tmp_path):
    found = json.loads(duogui("layers", "diff", "parcels", "1", "2", "--json"))
    assert (found["geometry_changed"], found["attributes_changed"], found["unchanged"]) == (1, 1, 1)
    assert [(one["feature_id"], one["attributes"]) for one in found["features"]] == [("B", ["use"]), ("C", [])]
    assert "attributes_changed" in duogui("layers", "diff", "parcels", "1", "2")
    for name in ("changes.gpkg", "changes.csv"):
        duogui("layers", "diff", "parcels", "1", "2", "--output", str(tmp_path / name), "--json")
    written = gpd.read_file(tmp_path / "changes.gpkg")
    assert written["change"].tolist() == ["attributes_changed", "geometry_changed"]
    assert shapely.equals_exact(written.geometry[1].geoms[0].normalize(), square(2, 0.0009).normalize(), 1e-12)
    assert (tmp_path / "changes.csv").read_text("utf-8-sig").startswith("feature_id,change,attributes,moved_m")


def test_what_is_said_of_a_layer_is_changed_and_the_change_is_shown(duogui, two_versions):
    changed = json.loads(
        duogui("layers", "edit", "parcels", "--title-zh", "宗地", "--mandatory", "--stale-after-days", "30", "--json")
    )
    assert (changed["title_zh"], changed["mandatory"], changed["stale_after_days"]) == ("宗地", True, 30)
    assert (
        json.loads(duogui("layers", "edit", "parcels", "--clear", "stale_after_days", "--json"))["stale_after_days"]
        is None
    )
    shown = json.loads(duogui("layers", "show", "parcels", "--json"))
    assert [set(edit["changes"]) for edit in shown["edits"]] == [
        {"stale_after_days"},
        {"title_zh", "mandatory", "stale_after_days"},
    ]


def test_coverage_is_set_derived_and_cleared(duogui, two_versions, delivery):
    given = delivery([{"geometry": square(0, 0.01)}], "coverage.gpkg")
    for step, arguments in enumerate((["--set", str(given)], ["--derive"], ["--clear"]), start=1):
        assert json.loads(duogui("layers", "coverage", "parcels", *arguments, "--json")) == {
            "layer": "parcels",
            "version": 1,
            "coverage_revision": step,
        }


def test_refused_features_go_out_and_come_back(duogui, delivery, load, tmp_path):
    load(delivery([{"code": "A", "geometry": square(0)}, {"code": "B", "geometry": None}]), mapping=CODE)
    path = tmp_path / "refused.gpkg"
    (refused,) = json.loads(duogui("layers", "rejected", "parcels", "--output", str(path), "--json"))
    assert (refused["source_row"], refused["source_id"], refused["reason"]) == (2, "B", "missing")
    frame = gpd.read_file(path)
    frame = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=[BOWTIE], crs="EPSG:4490")
    frame.to_file(path)
    result = json.loads(duogui("import", str(path), "--to", "parcels", "--into-draft", "1", "--json"))
    assert (result["repaired"], result["still_rejected"]) == (1, 0)
    assert json.loads(duogui("layers", "rejected", "parcels", "--json")) == []


def test_faults_are_shown_and_written(duogui, delivery, load, tmp_path):
    load(delivery([{"code": "A", "geometry": BOWTIE}]), mapping=CODE)
    path = tmp_path / "faults.gpkg"
    report = json.loads(duogui("layers", "faults", "parcels", "--output", str(path), "--json"))
    assert report["counts"] == {"read": 1, "accepted": 0, "repaired": 1, "rejected": 0}
    assert "self_intersection" in {fault["kind"] for fault in report["listed"]}
    assert "self_intersection" in gpd.read_file(path, layer="fault_points")["kind"].tolist()
    assert "parcels version 1" in duogui("layers", "faults", "parcels")


def test_a_loss_is_confirmed_on_the_command_line(duogui, delivery, load):
    load(delivery([{"code": str(i), "geometry": square(i)} for i in range(4)], "a.gpkg"), mapping=CODE, publish=True)
    path = delivery([{"code": "0", "geometry": square(0)}], "b.gpkg")
    arguments = ("import", str(path), "--to", "parcels", "--map", "parcel_code=code", "--publish", "--json")
    with pytest.raises(AppError, match="--confirm-loss"):
        duogui(*arguments)
    assert json.loads(duogui("layers", "publish", "parcels", "--confirm-loss", "--json"))["status"] == "in_force"
