"""A file is read once, and its features are kept for the next time they are asked for."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import geopandas as gpd
import pyarrow as pa
import pytest
import shapely

from gis.formats import reader_pipe, reading
from gis.formats.kept_batches import KeptBatches, KeptColumn
from gis.formats.reading import iter_features, open_source, read_overview


@pytest.fixture
def parcels(tmp_path: Path) -> Path:
    path = tmp_path / "parcels.gpkg"
    squares = [shapely.box(i, 0, i + 1, 1) for i in range(25)]
    gpd.GeoDataFrame({"名称": [f"地块{i}" for i in range(25)]}, geometry=squares, crs="EPSG:4547").to_file(path)
    return path


def batches() -> list[pa.RecordBatch]:
    return [pa.record_batch({"code": ["a", "b", "c"]}), pa.record_batch({"code": ["d"]})]


def codes(kept: KeptBatches, batch_size: int) -> list[list[str]]:
    return [batch.column(0).to_pylist() for batch in kept.read(batch_size)]


def test_after_the_overview_the_features_come_without_another_reader(parcels: Path, monkeypatch: pytest.MonkeyPatch):
    plain = list(iter_features(open_source(parcels), batch_size=10))
    started = []

    def counted(request: dict[str, object], limits: object) -> Iterator[pa.RecordBatch]:
        started.append(request["task"])
        return original(request, limits)

    original = reading.stream_batches
    monkeypatch.setattr(reading, "stream_batches", counted)
    with open_source(parcels) as source:
        read_overview(source)
        for _ in range(2):
            kept = list(iter_features(source, batch_size=10))
            assert [batch.first_row for batch in kept] == [1, 11, 21]
            assert [batch.attributes for batch in kept] == [batch.attributes for batch in plain]
            assert [batch.wkb.tolist() for batch in kept] == [batch.wkb.tolist() for batch in plain]
    assert started == ["read"]


def test_the_process_that_opens_a_file_reads_it_too(parcels: Path, monkeypatch: pytest.MonkeyPatch):
    with open_source(parcels) as source:
        plain = read_overview(source, ["名称"])
    started = []

    def counted(request: str, stderr: IO[bytes]) -> object:
        started.append(json.loads(request)["task"])
        return original(request, stderr)

    original = reader_pipe.start_reader
    monkeypatch.setattr(reader_pipe, "start_reader", counted)
    with open_source(parcels, read_on=True) as source:
        for tasks in (["open"], ["open", "read"]):
            overview = read_overview(source, ["名称"])
            assert (overview.bounds == plain.bounds).all()
            assert list(overview.columns["名称"]) == list(plain.columns["名称"])
            # The second time there is nothing left of the first process.
            assert started == tasks


def test_a_process_that_nobody_reads_from_ends_with_its_source(parcels: Path):
    source = open_source(parcels, read_on=True)
    (features,) = source.begun
    source.close()
    assert inspect.getgeneratorstate(features) == inspect.GEN_CLOSED
    assert source.begun == []


def test_batches_come_back_in_their_order_and_cut_as_asked(tmp_path: Path):
    kept = KeptBatches(tmp_path)
    assert list(kept.keep(iter(batches()))) == batches()
    assert codes(kept, 2) == [["a", "b"], ["c"], ["d"]]


def test_nothing_kept_is_nothing_read(tmp_path: Path):
    kept = KeptBatches(tmp_path)
    assert list(kept.keep(iter([]))) == []
    assert kept.is_whole
    assert list(kept.read(10)) == []


def test_what_is_too_large_is_handed_on_and_not_kept(tmp_path: Path):
    kept = KeptBatches(tmp_path, most_bytes=batches()[0].nbytes)
    assert list(kept.keep(iter(batches()))) == batches()
    assert not kept.is_whole
    assert list(tmp_path.iterdir()) == []


def test_what_finds_no_room_is_handed_on_and_not_kept(tmp_path: Path):
    kept = KeptBatches(tmp_path / "gone")
    assert list(kept.keep(iter(batches()))) == batches()
    assert not kept.is_whole


def test_what_was_read_in_part_is_not_kept(tmp_path: Path):
    kept = KeptBatches(tmp_path)
    handed_on = kept.keep(iter(batches()))
    next(handed_on)
    handed_on.close()
    assert not kept.is_whole
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_is_none_is_refused_when_it_is_kept():
    broken = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe"))
    with pytest.raises(UnicodeDecodeError):
        KeptColumn().append(broken)
