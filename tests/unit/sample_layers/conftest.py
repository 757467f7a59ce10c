"""The committed sample, and a plain way into the equal-area plane: PROJ and shapely, nothing of the service."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from sample_layers.generate import DATA, generate
from sample_layers.sample import Sample
from sample_layers.zone import Zone

Contents = dict[str, Any]

_PLANE = pyproj.CRS.from_proj4("+proj=cea +lat_ts=0 +lon_0=114 +ellps=GRS80 +units=m")


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of the committed files."""
    return DATA


@pytest.fixture(scope="session")
def expected(data: Path) -> Contents:
    """Return ``expected.json``."""
    contents: Contents = json.loads((data / "expected.json").read_text("utf-8"))
    return contents


@pytest.fixture(scope="session")
def manifest(data: Path) -> Contents:
    """Return ``manifest.json``."""
    contents: Contents = json.loads((data / "manifest.json").read_text("utf-8"))
    return contents


@pytest.fixture(scope="session")
def written_again(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sample]:
    """Write the sample once more, elsewhere."""
    folder = tmp_path_factory.mktemp("sample")
    return folder, generate(folder)


@pytest.fixture(scope="session")
def regenerated(written_again: tuple[Path, Sample]) -> Path:
    """Return the folder of the files written again."""
    return written_again[0]


@pytest.fixture(scope="session")
def zone(written_again: tuple[Path, Sample]) -> Zone:
    """Return the zone that the files were written from."""
    return written_again[1].zone


@pytest.fixture(scope="session")
def read_plane(data: Path, manifest: Contents) -> Callable[[str], gpd.GeoDataFrame]:
    """Return a reader of a layer by its slug: valid geometries in the equal-area plane, rows without area left out."""
    entries = {entry["to"]: entry for entry in manifest["layers"]}

    def read(slug: str) -> gpd.GeoDataFrame:
        entry = entries[slug]
        frame = pyogrio.read_dataframe(data / entry["file"], encoding=entry["encoding"], layer=entry["source_layer"])
        source = pyproj.CRS(4490) if entry["file"].endswith(".geojson") else frame.crs
        geographic = pyproj.Transformer.from_crs(source, 4490, always_xy=True)
        plane = pyproj.Transformer.from_crs(4490, _PLANE, always_xy=True)

        def project(points: np.ndarray) -> np.ndarray:
            return np.column_stack(plane.transform(*geographic.transform(points[:, 0], points[:, 1])))

        drawn = shapely.force_2d(frame.geometry.to_numpy())
        geometries = shapely.make_valid(shapely.transform(drawn, project), method="structure", keep_collapsed=False)
        frame = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=geometries)
        return frame[shapely.area(geometries) > 0].reset_index(drop=True)

    return read
