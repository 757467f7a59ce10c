"""The commands as a person or a script runs them: results, exit codes, one clear paragraph for an error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from app.demo import sample_folder


@pytest.fixture
def duogui(fresh_url: str, tmp_path: Path):
    """Run a command in a process of its own against a database of the test's own."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DUOGUI_")},
            "DUOGUI_DATABASE_URL": fresh_url.replace("+psycopg", ""),
            "DUOGUI_DATA_DIR": str(tmp_path),
            "COLUMNS": "160",
            **variables,
        }
        return subprocess.run(
            [str(Path(sys.executable).with_name("duogui")), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def parcel_file(tmp_path: Path) -> Path:
    path = tmp_path / "地块.gpkg"
    squares = [shapely.box(113 + i * 0.001, 28, 113.001 + i * 0.001, 28.001) for i in range(3)]
    gpd.GeoDataFrame({"code": ["A", "B", "C"]}, geometry=squares, crs="EPSG:4490").to_file(path)
    return path


def test_a_layer_goes_from_file_to_findings(duogui, parcel_file: Path, tmp_path: Path):
    red = tmp_path / "red.geojson"
    gpd.GeoDataFrame(geometry=[shapely.box(112.9, 27.9, 113.0015, 28.1)], crs="EPSG:4326").to_file(red)
    imported = duogui(
        "import", str(parcel_file), "--to", "parcels", "--kind", "parcel", "--map", "parcel_code=code", "--json"
    )
    assert imported.returncode == 0, imported.stderr
    assert json.loads(imported.stdout) | {"options": None} == {
        "layer": "parcels",
        "version": 1,
        "status": "draft",
        "is_new": True,
        "read": 3,
        "accepted": 3,
        "repaired": 0,
        "rejected": 0,
        "repaired_area_change_m2": 0.0,
        "reasons": [],
        "options": None,
    }
    assert duogui("layers", "publish", "parcels").stdout.startswith("parcels version 1 is in force from")
    duogui("import", str(red), "--to", "red", "--kind", "ecological_redline", "--publish", "--coverage", str(red))
    run = duogui("check", "run", "--json")
    assert run.returncode == 0, run.stderr
    summary = json.loads(run.stdout)
    assert [(item["relation"], item["count"]) for item in summary["findings"]] == [("not_covered", 2), ("overlap", 2)]
    listed = json.loads(duogui("layers", "list", "--json").stdout)
    assert [(layer["slug"], layer["versions"][0]["status"]) for layer in listed] == [
        ("parcels", "in_force"),
        ("red", "in_force"),
    ]


def test_a_draft_can_be_shown_compared_and_discarded(duogui, parcel_file: Path):
    duogui("import", str(parcel_file), "--to", "parcels", "--kind", "parcel", "--publish")
    duogui("import", str(parcel_file), "--to", "parcels", "--map", "parcel_code=code")
    shown = json.loads(duogui("layers", "show", "parcels", "--json").stdout)
    assert [(version["number"], version["status"]) for version in shown["versions"]] == [(2, "draft"), (1, "in_force")]
    diff = json.loads(duogui("layers", "diff", "parcels", "1", "2", "--json").stdout)
    assert (diff["added"], diff["removed"]) == (3, 3)
    assert "Draft 2 of parcels was deleted" in duogui("layers", "discard", "parcels").stdout
    refused = duogui("layers", "discard", "parcels")
    assert refused.returncode == 1
    assert "only a draft can be published or discarded" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["import", "missing.shp", "--to", "x", "--kind", "parcel"], 1, "There is no file missing.shp"),
        (["layers", "show", "nothing"], 1, "There is no layer 'nothing'"),
        (["check", "run"], 1, "There is no layer 'parcels'"),
        (["check", "run", "--as-of", "yesterday"], 2, "write it as YYYY-MM-DD"),
        (["import", "x.shp", "--to", "x", "--map", "nonsense"], 2, "expected TARGET=SOURCE"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_an_error_is_one_paragraph_with_its_exit_code(duogui, arguments: list[str], code: int, message: str):
    result = duogui(*arguments)
    assert result.returncode == code
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr


def test_refused_settings_name_the_variable(duogui):
    result = duogui("layers", "list", DUOGUI_CORS_ORIGINS="*")
    assert result.returncode == 3
    assert "DUOGUI_CORS_ORIGINS" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_that_cannot_be_reached_has_its_own_exit_code(duogui):
    result = duogui("layers", "list", DUOGUI_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert result.returncode == 4
    assert "cannot be reached" in result.stderr
    assert "Traceback" not in result.stderr


def test_another_storage_crs_than_the_database_has_is_refused(duogui):
    result = duogui("layers", "list", DUOGUI_STORAGE_SRID="4326")
    assert result.returncode == 1, result.stderr
    assert "made for 4490, which cannot be changed" in " ".join(result.stderr.split())


def test_the_version_is_printed(duogui):
    assert json.loads(duogui("version", "--json").stdout)["version"] in duogui("version").stdout


def test_a_site_is_checked_from_a_file(duogui, tmp_path: Path):
    red = tmp_path / "red.geojson"
    gpd.GeoDataFrame({"zone": ["core"]}, geometry=[shapely.box(113, 28, 113.01, 28.01)], crs="EPSG:4326").to_file(red)
    duogui(
        "import",
        str(red),
        "--to",
        "red",
        "--kind",
        "ecological_redline",
        "--map",
        "control_zone=zone",
        "--publish",
        "--coverage",
        str(red),
    )
    site = tmp_path / "site.geojson"
    gpd.GeoDataFrame(geometry=[shapely.box(113.004, 28.004, 113.006, 28.006)], crs="EPSG:4326").to_file(site)
    answer = duogui("check", "site", str(site), "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["verdict"] == "DENY"
    printed = duogui("check", "site", str(site)).stdout
    assert "Verdict 结论: DENY" in printed
    no_crs = tmp_path / "site.shp"
    gpd.GeoDataFrame(geometry=[shapely.box(113.004, 28.004, 113.006, 28.006)], crs="EPSG:4490").to_file(no_crs)
    no_crs.with_suffix(".prj").unlink()
    refused = duogui("check", "site", str(no_crs))
    assert refused.returncode == 1
    assert "names no reference system" in " ".join(refused.stderr.split())


def test_the_demo_loads_the_sample_and_repeating_it_changes_nothing(duogui):
    first = duogui("demo", "--no-serve", "--json")
    assert first.returncode == 0, first.stderr
    result = json.loads(first.stdout)
    expected = json.loads((sample_folder() / "expected.json").read_text(encoding="utf-8"))
    assert {layer["layer"]: layer["read"] for layer in result["layers"]} == {
        slug: item["read"] for slug, item in expected["imports"].items()
    }
    assert result["idle_scan"]["cases"] == expected["idle"]["count_by_kind"]
    again = duogui("demo", "--no-serve")
    assert "nothing was changed" in again.stdout
    assert "闲置土地" in again.stdout
