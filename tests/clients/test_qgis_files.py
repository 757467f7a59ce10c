"""Files that QGIS saves are read whole: places, holes, codes and Chinese texts."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

from gis.formats.reading import open_source

from .foreign_files import PARCELS, require_the_parcels, validate

SCRIPT = Path(__file__).parent / "qgis_writing.py"
KEPT = Path(__file__).parents[1] / "data" / "qgis"
# QGIS belongs to the Python of the system, not to that of the service.
SYSTEM_PYTHON = "/usr/bin/python3"
WITH_CRS = ["gbk.shp", "utf8.shp", "parcels.gpkg", "parcels.fgb", "parcels.kml", "degrees.geojson", "metres.geojson"]


def qgis_environment() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL", "PROJ", "GDAL"))
    }
    return kept | {"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@cache
def has_qgis() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    command = [SYSTEM_PYTHON, "-c", "import qgis.core"]
    return (
        subprocess.run(command, capture_output=True, env=qgis_environment(), check=False, timeout=120).returncode == 0
    )


def require_qgis() -> None:
    """Skip where the machine has no QGIS; fail where the tests are run to know that QGIS works."""
    if has_qgis():
        return
    message = "QGIS is not installed (Debian: python3-qgis, qgis-providers; scripts/packages.sh qgis)"
    if os.environ.get("DUOGUI_TESTS_NEED_QGIS"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", params=["kept", "new"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of files that QGIS saved: those that are kept, and what the QGIS of this machine saves."""
    if request.param == "kept":
        return KEPT
    require_qgis()
    folder = tmp_path_factory.mktemp("qgis")
    (folder / "parcels.json").write_text(json.dumps(PARCELS, ensure_ascii=False), encoding="utf-8")
    command = [SYSTEM_PYTHON, str(SCRIPT), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=qgis_environment(), check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", [*WITH_CRS, "lines.geojsonl.json"])
def test_a_layer_saved_by_qgis_is_read_whole(saved: Path, name: str):
    require_the_parcels(saved / name)


@pytest.mark.parametrize(("name", "encoding"), [("gbk.shp", "GBK"), ("utf8.shp", "UTF-8")])
def test_the_encoding_that_qgis_wrote_is_told(saved: Path, name: str, encoding: str):
    with open_source(saved / name) as source:
        assert (source.encoding or "").upper().replace("GB18030", "GBK") == encoding


@pytest.mark.parametrize("name", ["wkt.csv", "wkt.xlsx"])
def test_tables_with_wkt_need_their_reference_system_named(saved: Path, name: str):
    assert [fault.kind for fault in validate(saved / name).faults if fault.kind.startswith("crs_")] == ["crs_missing"]
    require_the_parcels(saved / name, crs="EPSG:4547")


def test_closed_polylines_of_a_drawing_are_polygons(saved: Path):
    require_the_parcels(saved / "parcels.dxf", crs="EPSG:4547", texts=False)
