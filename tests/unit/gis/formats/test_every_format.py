"""Whatever is exported can be delivered again: each format that is written is read, to the millimetre, and refused when it is broken."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.crs import project_geometries, to_geographic
from gis.errors import GisError
from gis.formats.reading import iter_features, open_source
from gis.formats.writing import FORMATS, FieldType, OutputBatch, OutputField, write_features
from gis.formats.writing.projecting import output_crs

GRID = output_crs("EPSG:4526")
WEST = 38_409_000.123
# A hole, two parts, and a ring that leans.
PLANE = [
    shapely.box(WEST, 3_125_000.5, WEST + 120, 3_125_080.25).difference(
        shapely.box(WEST + 40.125, 3_125_020, WEST + 60, 3_125_040.75)
    ),
    shapely.MultiPolygon(
        [
            shapely.box(WEST + 200, 3_125_000, WEST + 240, 3_125_080),
            shapely.box(WEST + 260.001, 3_125_000, WEST + 300, 3_125_080),
        ]
    ),
    shapely.Polygon([(WEST + 400, 3_125_000), (WEST + 520.5, 3_125_010), (WEST + 500, 3_125_090.75)]),
]
NAMES = ["一号地块", "二号地块", "三号地块"]
KEPT_M = 0.001


def write(path: Path, name: str) -> None:
    batch = OutputBatch(to_geographic(PLANE, GRID), {"feature_id": NAMES, "area_m2": [1.5, 2.25, 3.0]})
    fields = [OutputField("feature_id"), OutputField("area_m2", FieldType.NUMBER)]
    write_features(
        path,
        [batch],
        driver=name,
        crs="EPSG:4490" if FORMATS[name].is_geographic_only else "EPSG:4526",
        fields=fields,
    )


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_is_read_again_to_the_millimetre(name: str, tmp_path: Path):
    path = tmp_path / f"a{FORMATS[name].suffix}"
    write(path, name)
    with open_source(path) as source:
        # Tables name no system.
        declared = GRID if source.crs is None else source.crs
        batches = list(iter_features(source))
    found = np.concatenate([batch.geometries for batch in batches])
    in_grid = found if declared == GRID else project_geometries(to_geographic(found, declared), GRID)
    order = np.argsort(shapely.bounds(in_grid)[:, 0])
    assert len(found) == len(PLANE)
    for drawn, expected in zip(in_grid[order], PLANE, strict=True):
        assert shapely.hausdorff_distance(drawn, expected) < KEPT_M
        assert shapely.get_num_interior_rings(shapely.get_geometry(drawn, 0)) == shapely.get_num_interior_rings(
            shapely.get_geometry(expected, 0)
        )
    texts = [value for batch in batches for row in batch.attributes for value in row.values() if isinstance(value, str)]
    assert {text for text in texts if text in NAMES} == set(NAMES)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "txt"])
def test_half_of_what_is_written_is_refused(name: str, tmp_path: Path):
    path = tmp_path / f"a{FORMATS[name].suffix}"
    write(path, name)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(GisError, match=r"a\."), open_source(path) as source:
        sum(len(batch) for batch in iter_features(source))


def test_of_half_a_text_of_boundary_points_only_whole_plots_are_read(tmp_path: Path):
    path = tmp_path / "a.txt"
    write(path, "txt")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.6)])
    with open_source(path) as source:
        assert source.crs is not None
        drawn = [geometry for batch in iter_features(source) for geometry in batch.geometries if geometry is not None]
        in_grid = project_geometries(to_geographic(drawn, source.crs), GRID)
    assert 1 <= len(in_grid) < len(PLANE)
    for geometry in in_grid:
        assert min(shapely.hausdorff_distance(geometry, expected) for expected in PLANE) < KEPT_M
