"""QGIS 3.22 of Debian, headless, loads every collection as features and as vector tiles from the running service."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.ogc.city import COLLECTIONS, COUNTS, WITH_GEOMETRY

from .conftest import MANY, Served
from .test_qgis_files import SYSTEM_PYTHON, qgis_environment, require_qgis

SCRIPT = Path(__file__).parent / "qgis_reading.py"
BOX = [113.0002, 28.2002, 113.0012, 28.2012]
# Twice as wide and as high as the parcels, around them.
VIEW = [112.9975, 28.1975, 113.0075, 28.2075]
CONDITIONS = {"parcels": '"land_use_code" = \'0701\' AND "area_ellipsoid_m2" > 3', "findings": "\"verdict\" = 'DENY'"}
EVERY = {**COUNTS, "many_parcels": MANY}


@pytest.fixture(scope="session")
def seen(server: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what QGIS saw of every collection, in one run of it."""
    require_qgis()
    folder = tmp_path_factory.mktemp("qgis_reading")
    server.forget_requests()
    asked = {
        "url": server.url,
        "collections": list(EVERY),
        "by_wfs": COLLECTIONS,
        "box": BOX,
        "view": VIEW,
        "conditions": CONDITIONS,
        "drawn": "parcels",
    }
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    command = [SYSTEM_PYTHON, str(SCRIPT), str(folder / "asked.json"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=qgis_environment(), check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    return {**answers, "requests": server.requests}


@pytest.mark.parametrize("collection", EVERY)
def test_qgis_reads_every_feature_once(seen: dict[str, Any], collection: str) -> None:
    ids = seen[collection]["ids"]
    assert len(ids) == len(set(ids)) == EVERY[collection]
    assert seen[collection]["crs"] in {"EPSG:4326", "OGC:CRS84"}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_qgis_shows_every_attribute(seen: dict[str, Any], served: Served, collection: str) -> None:
    names = set(seen[collection]["fields"])
    assert {"id"} < names
    first = seen[collection]["first"]
    assert any(value not in {"", "NULL"} for name, value in first.items() if name != "id")


def test_qgis_identifies_what_lies_in_a_box(seen: dict[str, Any]) -> None:
    assert seen["parcels"]["boxed"] == ["p0", "p1", "p5", "p6"]
    assert [request for request in seen["requests"] if "bbox=" in request]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_qgis_reads_every_layer_by_wfs_too(seen: dict[str, Any], collection: str) -> None:
    """As ArcMap and others have to, which know no OGC API; what has no geometry is on no map."""
    read = seen["wfs"][collection]
    assert len(read["ids"]) == len(set(read["ids"])) == WITH_GEOMETRY[collection]
    assert read["crs"] == "EPSG:4490"


def test_qgis_identifies_what_lies_in_a_box_by_wfs(seen: dict[str, Any]) -> None:
    boxed = {name: read["boxed"] for name, read in seen["wfs"].items()}
    assert boxed["parcels"] == ["p0", "p1", "p5", "p6"]
    assert (boxed["city_plan"], boxed["ecological_redline"]) == (["z0", "z1"], [])


def test_qgis_filters_by_attributes(seen: dict[str, Any]) -> None:
    assert len(seen["parcels"]["chosen"]) == 9
    assert seen["findings"]["chosen"] == ["f1", "f2"]


def test_qgis_draws_features_and_vector_tiles_at_the_same_place(seen: dict[str, Any]) -> None:
    # Five by five parcels of a thousandth of a degree: half as high as the picture, which a degree of latitude fills.
    expected = 0.5 * 0.5 * math.cos(math.radians(28.2))
    for kind in ("features", "tiles"):
        assert seen[kind]["errors"] == []
        assert seen[kind]["inked"] == pytest.approx(expected, abs=0.02), kind


def test_qgis_draws_tiles_in_the_colours_of_the_services_own_style(seen: dict[str, Any]) -> None:
    assert seen["tiles"]["colours"] >= 3
    assert any("/styles/parcels" in request for request in seen["requests"])


def test_qgis_of_this_version_offers_no_editing_over_ogc_api_features(seen: dict[str, Any]) -> None:
    """QGIS writes over OGC API - Features from 3.28 on; a newer one on this machine says so here, and editing is to be tried then."""
    assert not seen["parcels"]["can_write"]
