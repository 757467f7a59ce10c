"""``duogui export``: a layer goes into a file and comes back."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from tests.databases import Databases

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def duogui(databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Run a command in a process of its own against a database with a layer of three parcels, which is only read."""
    with databases.copied(template_database) as url:
        yield with_parcels(url, tmp_path_factory.mktemp("export"))


def with_parcels(database_url: str, folder: Path) -> Run:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DUOGUI_")},
            "DUOGUI_DATABASE_URL": database_url.replace("+psycopg", ""),
            "DUOGUI_DATA_DIR": str(folder),
            "COLUMNS": "160",
        }
        command = [str(Path(sys.executable).with_name("duogui")), *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    path = folder / "地块.gpkg"
    squares = [shapely.box(113 + i * 0.001, 28, 113.001 + i * 0.001, 28.001) for i in range(3)]
    owned = {"code": ["A", "B", "C"], "owner": ["张三", "李四", "王五"]}
    gpd.GeoDataFrame(owned, geometry=squares, crs="EPSG:4490").to_file(path)
    mapping = ("--map", "parcel_code=code", "--map", "holder=owner")
    done = run("import", path, "--to", "parcels", "--kind", "parcel", *mapping, "--publish")
    assert done.returncode == 0, done.stderr
    return run


def test_a_layer_goes_into_a_shapefile_with_a_report(duogui, tmp_path: Path):
    path = tmp_path / "out.shp"

    done = duogui("export", "parcels", path, "--crs", "EPSG:4547", "--encoding", "GBK", "--personal", "--json")
    report = json.loads(done.stdout)
    frame = pyogrio.read_dataframe(path)

    assert done.returncode == 0, done.stderr
    assert (report["count"], report["crs"], report["encoding"], report["withheld"]) == (3, "EPSG:4547", "GBK", [])
    assert report["renamed"]["area_registered_m2"] == "area_regis"
    assert sorted(frame["holder"]) == ["张三", "李四", "王五"]
    assert frame.crs.to_epsg() == 4547


def test_conditions_and_what_is_withheld_are_told(duogui, tmp_path: Path):
    path = tmp_path / "out.gpkg"

    done = duogui("export", "parcels", path, "--where", "parcel_code=B")

    assert done.returncode == 0, done.stderr
    assert "1 features of parcels written to" in done.stdout
    assert "Left out without --personal: holder, attributes." in done.stdout
    assert list(pyogrio.read_dataframe(path)["parcel_code"]) == ["B"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("parcels", "out.dwg"), 1, "names no format"),
        (("parcels", "there.gpkg"), 3, "--overwrite"),
        (("nowhere", "out.gpkg"), 1, "no collection"),
        (("parcels", "out.gpkg", "--where", "holder=张三"), 1, "not known here"),
        (("parcels", "out.gpkg", "--where", "holder"), 2, "NAME=VALUE"),
        (("parcels", "out.gpkg", "--crs", "EPSG:2362"), 1, "Xian"),
    ],
)
def test_what_cannot_be_exported_is_one_clear_paragraph(duogui, tmp_path: Path, arguments, code, words):
    (tmp_path / "there.gpkg").write_bytes(b"kept")
    name, file, *options = arguments

    done = duogui("export", name, tmp_path / file, *options)

    assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr
    assert (tmp_path / "there.gpkg").read_bytes() == b"kept"
    assert not (tmp_path / "out.gpkg").exists()
