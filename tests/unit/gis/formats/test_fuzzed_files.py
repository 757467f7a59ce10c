"""Files with bytes turned over end in features or in an error of ours, whatever the bytes."""

import random
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.errors import GisError
from gis.formats.archives import unpack
from gis.formats.identification import SourceKind, identify
from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember
from gis.formats.reading import iter_features, open_source
from gis.formats.table_layers import list_layers, stream
from tests.mutants import mutate

LIMITS = ReadingLimits(cpu_seconds=20, memory_bytes=2 << 30)
MUTANTS = 6
# Of files that are read without the reading process many more can be tried.
CHEAP_MUTANTS = 300


def try_to_read(path: Path) -> str:
    """Read a file to its end, and say what came of it."""
    try:
        with open_source(path, limits=LIMITS) as source:
            count = sum(len(batch) for batch in iter_features(source))
    except GisError as error:
        return "refused" if path.stem in str(error) else f"refused without its name: {error}"
    return "read" if count >= 0 else "nothing"


@pytest.mark.parametrize(
    ("name", "driver", "part"),
    [
        ("a.shp", "ESRI Shapefile", ".shp"),
        ("a.shp", "ESRI Shapefile", ".dbf"),
        ("a.gpkg", "GPKG", ".gpkg"),
        ("a.geojson", "GeoJSON", ".geojson"),
        ("a.fgb", "FlatGeobuf", ".fgb"),
        ("a.kml", "LIBKML", ".kml"),
        ("a.parquet", None, ".parquet"),
    ],
)
def test_a_broken_file_is_read_or_refused(tmp_path, make_parcels, name, driver, part):
    path = tmp_path / name
    frame = make_parcels(200, crs="EPSG:4326")
    if driver is None:
        frame.to_parquet(path)
    else:
        frame.to_file(path, driver=driver)
    whole = path.with_suffix(part).read_bytes()
    chance = random.Random(name + part)
    outcomes: Counter[str] = Counter()
    for _ in range(MUTANTS):
        path.with_suffix(part).write_bytes(mutate(whole, chance))
        outcomes[try_to_read(path)] += 1
    assert set(outcomes) <= {"read", "refused"}
    assert outcomes.total() == MUTANTS


def test_a_broken_archive_is_unpacked_or_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("宗地.shp", "folder/宗地.dbf", "a.txt"):
            archive.writestr(name, bytes(range(256)) * 20)
    whole = path.read_bytes()
    chance = random.Random(1)
    outcomes: Counter[str] = Counter()
    for number in range(CHEAP_MUTANTS):
        path.write_bytes(mutate(whole, chance))
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            identify(path)
            unpack(path, folder, LIMITS)
        except GisError:
            outcomes["refused"] += 1
        else:
            outcomes["unpacked"] += 1
        assert {part.name for part in tmp_path.iterdir()} <= {"a.zip", *map(str, range(number + 1))}
    assert outcomes["refused"] > 0
    assert outcomes["unpacked"] > 0


def read_table(path: Path) -> str:
    member = SourceMember(SourceKind.XLSX if path.suffix == ".xlsx" else SourceKind.CSV, str(path), path.name)
    try:
        for layer, kind in list_layers(member, LIMITS):
            if kind is not None:
                for batch in stream(
                    member, layer, None, columns=None, with_geometry=True, batch_size=100, limits=LIMITS
                ):
                    shapely.from_wkb(batch.column(batch.num_columns - 1).to_pylist(), on_invalid="ignore")
    except GisError:
        return "refused"
    return "read"


def test_a_broken_table_is_read_or_refused(tmp_path):
    rows = [
        f"DK-{number // 4},1,J{number},{3125000 + number % 4 % 3},{38406700 + number % 4 // 2}" for number in range(40)
    ]
    corners = ("地块编号,圈号,点号,X,Y\n" + "\n".join(rows)).encode("gbk")
    wkt = ("名称,图形\n" + '甲,"POLYGON ((0 0, 1 0, 1 1, 0 0))"\n' * 20).encode()
    outcomes: Counter[str] = Counter()
    chance = random.Random(2)
    for number in range(CHEAP_MUTANTS):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(mutate(chance.choice([corners, wkt]), chance))
        outcomes[read_table(path)] += 1
    assert outcomes["read"] > 0
    assert outcomes["refused"] > 0


def test_a_broken_workbook_is_read_or_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row in (["名称", "图形"], ["甲", "POINT (1 2)"], ["乙", "POINT (3 4)"]):
        book.active.append(row)
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    outcomes: Counter[str] = Counter()
    chance = random.Random(3)
    for _ in range(MUTANTS):
        broken = dict(entries)
        name = chance.choice(sorted(broken))
        broken[name] = mutate(broken[name], chance)
        with zipfile.ZipFile(path, "w") as archive:
            for entry, content in broken.items():
                archive.writestr(entry, content)
        outcomes[try_to_read(path)] += 1
    assert set(outcomes) <= {"read", "refused"}
    assert outcomes.total() == MUTANTS


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), suffix=st.sampled_from([".shp", ".csv", ".txt", ".json", ".kml", ".zip", ""]))
def test_any_bytes_are_of_some_kind_or_refused(tmp_path, content, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    try:
        found = identify(path).value
    except GisError as error:
        found = str(error)
    assert found in set(SourceKind) or path.name in found
