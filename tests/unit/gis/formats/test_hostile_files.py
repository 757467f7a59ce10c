"""A file can neither fetch, nor lead elsewhere, nor take more than its share, nor take anything down with it."""

import json
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytest_socket
import shapely

from gis.formats import reader_pipe
from gis.formats.identification import SourceKind
from gis.formats.limits import DEFAULT_LIMITS, ReadingLimits
from gis.formats.reading import SourceLimitError, SourceUnreadableError, iter_features, open_source, read_overview

START_READER = reader_pipe.start_reader
SQUARE = "[[[113,28],[113.1,28],[113.1,28.1],[113,28]]]"


def child(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process like the one that reads."""
    command = [sys.executable, "-P", "-c", code]
    return subprocess.run(command, env=reader_pipe.ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(autouse=True)
def reader_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start readers as the service does; other tests fork them."""
    monkeypatch.setattr(reader_pipe, "start_reader", START_READER)


@pytest.fixture
def parcels_file(tmp_path: Path, make_parcels) -> Path:
    path = tmp_path / "a.gpkg"
    make_parcels(50).to_file(path)
    return path


def test_the_reading_process_has_no_network_and_starts_no_program():
    done = child(
        "from gis.formats.sandbox import confine\n"
        "confine(4 << 30, 60)\n"
        "import os, socket\n"
        "for act in (lambda: socket.socket(), lambda: os.execv('/bin/true', ['true'])):\n"
        "    try: act()\n"
        "    except PermissionError as error: print(error.errno)\n"
    )
    assert done.stdout.split() == ["1", "1"], done.stderr


def test_the_reading_process_has_an_end_to_its_memory_and_time():
    done = child(
        "from gis.formats.sandbox import confine\n"
        "confine(1 << 30, 60)\n"
        "try: bytearray(2 << 30)\n"
        "except MemoryError: print('no more')\n"
    )
    assert done.stdout.strip() == "no more", done.stderr
    done = child("from gis.formats.sandbox import confine\nconfine(4 << 30, 1)\nwhile True: pass\n")
    assert done.returncode == -signal.SIGXCPU


def test_gdal_keeps_no_driver_but_those_of_the_delivery():
    done = child(
        "from gis.formats.gdal_layers import keep_only_drivers\n"
        "from gis.formats.identification import SourceKind\n"
        "keep_only_drivers([SourceKind.GEOJSON, SourceKind.CSV])\n"
        "import pyogrio; print(*pyogrio.list_drivers())\n"
    )
    assert done.stdout.split() == ["GeoJSON"], done.stderr


@pytest.fixture
def visited():
    """Listen on a port, and note whether anybody comes."""
    pytest_socket.enable_socket()
    came: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stopping = threading.Event()

        def listen() -> None:
            while not stopping.is_set():
                try:
                    server.accept()[0].close()
                except TimeoutError:
                    continue
                came.append(True)

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", came
        stopping.set()
        thread.join()


def test_a_file_cannot_make_the_reader_fetch(tmp_path, visited):
    address, came = visited
    linked = tmp_path / "linked.geojson"
    feature = f'{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":{SQUARE}}}}}'
    crs = f'{{"type":"link","properties":{{"href":"{address}/crs","type":"ogcwkt"}}}}'
    linked.write_text(f'{{"type":"FeatureCollection","crs":{crs},"features":[{feature}]}}', encoding="utf-8")
    document = tmp_path / "linked.kml"
    ring = "113,28 113.1,28 113.1,28.1 113,28"
    document.write_text(
        f"<kml xmlns='http://www.opengis.net/kml/2.2'><Document><NetworkLink><Link><href>{address}/a.kml</href></Link></NetworkLink>"
        f"<Style id='s'><IconStyle><Icon><href>{address}/i.png</href></Icon></IconStyle></Style>"
        f"<Placemark><styleUrl>{address}/s.kml#s</styleUrl><Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates>"
        "</LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>",
        encoding="utf-8",
    )
    for path in (linked, document):
        with open_source(path) as source:
            (batch,) = iter_features(source)
            assert batch.geometries[0].area == pytest.approx(0.005)
    assert came == []


@pytest.mark.parametrize(
    "name", ["/vsicurl/http://127.0.0.1/a.shp", "/vsizip/a.zip", "http://127.0.0.1/a.geojson", "PG:dbname=x"]
)
def test_an_address_is_no_file(name):
    with pytest.raises(SourceUnreadableError, match="There is no file"):
        open_source(Path(name))


def test_entities_of_a_document_are_not_resolved(tmp_path):
    path = tmp_path / "a.kml"
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET", encoding="ascii")
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "{secret}">]><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        "<Placemark><name>&x;</name><Point><coordinates>1,2</coordinates></Point></Placemark></Document></kml>",
        encoding="utf-8",
    )
    with pytest.raises(SourceUnreadableError, match="DOCTYPE"):
        open_source(path)


def nested(depth: int) -> bytes:
    return struct.pack("<BII", 1, 7, 1) * depth + shapely.to_wkb(shapely.Point(1, 2))


def write_parquet(path: Path, wkb: list[bytes | None], **columns: list) -> Path:
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}},
    }
    table = pa.table({**columns, "geometry": pa.array(wkb, pa.binary())})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def test_nested_geometries_are_refused_before_they_are_decoded(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", [nested(3), nested(1_000_000)])
    with open_source(path) as source, pytest.raises(SourceLimitError, match="nested 1000000 deep"):
        list(iter_features(source))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (ReadingLimits(features=49), "more than 49 features"),
        (ReadingLimits(geometry_bytes=50), r"a\.gpkg, row 1: a geometry has 93 bytes; at most 50"),
        (ReadingLimits(attribute_bytes=7), r"row 11: a value of '名称' has 8 bytes; at most 7"),
        (ReadingLimits(memory_bytes=150 << 20), "150 MiB"),
    ],
)
def test_what_is_too_much_is_refused_by_what_it_is(parcels_file, limits, message):
    with pytest.raises(SourceUnreadableError, match=message), open_source(parcels_file, limits=limits) as source:
        list(iter_features(source))


def test_too_many_fields_and_layers_are_refused_on_opening(tmp_path, parcels_file, make_parcels):
    with pytest.raises(SourceLimitError, match="2 fields; at most 1"):
        open_source(parcels_file, limits=ReadingLimits(fields=1))
    make_parcels().to_file(parcels_file, layer="second")
    with pytest.raises(SourceLimitError, match="2 layers; at most 1"):
        open_source(parcels_file, limits=ReadingLimits(layers=1))


def test_a_view_that_never_ends_is_stopped(tmp_path, parcels_file):
    with closing(sqlite3.connect(parcels_file)) as database, database:
        database.executescript(
            """
            CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                SELECT i AS fid, (SELECT geom FROM a LIMIT 1) AS geom FROM n WHERE i < 0;
            INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)
                SELECT 'endless', 'features', 'endless', srs_id FROM gpkg_contents;
            INSERT INTO gpkg_geometry_columns
                SELECT 'endless', column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns;
            """
        )
    limits = ReadingLimits(cpu_seconds=2)
    with pytest.raises(SourceLimitError, match="more than 2 s"):
        list(iter_features(open_source(parcels_file, layer="endless", limits=limits)))


def test_a_reader_that_is_silent_is_given_up(parcels_file, monkeypatch):
    script = parcels_file.with_name("sleeper")
    script.write_text("#!/bin/sh\nsleep 60\n", encoding="ascii")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(SourceLimitError, match="for 1 s"):
        open_source(parcels_file, limits=ReadingLimits(silence_seconds=1))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_reader_that_dies_half_way_is_an_error_and_nothing_else(parcels_file, make_parcels, monkeypatch, number):
    make_parcels(60_000).to_file(parcels_file)
    started: list[subprocess.Popen[bytes]] = []
    original = subprocess.Popen

    def remember(*arguments, **options):
        started.append(original(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    features = iter_features(open_source(parcels_file), batch_size=1_000)
    assert len(next(features)) == 1_000
    started[-1].send_signal(number)
    with pytest.raises(SourceUnreadableError, match=f"the reader broke off \\({number.name}\\)"):
        list(features)
    assert started[-1].poll() == -number


def test_a_reader_whose_caller_goes_away_goes_too(parcels_file, monkeypatch):
    started: list[subprocess.Popen[bytes]] = []
    original = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(original(*a, **k)) or started[-1])
    features = iter_features(open_source(parcels_file), batch_size=1)
    next(features)
    features.close()
    assert all(process.poll() is not None for process in started)


def test_nothing_of_the_environment_reaches_the_reader(parcels_file, monkeypatch):
    monkeypatch.setenv("OGR_SKIP", "GPKG")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert list(read_overview(open_source(parcels_file), ["code"]).columns["code"]) == list(range(50))


def test_every_format_has_a_driver_or_a_reader_of_its_own():
    kinds = {kind for kind in SourceKind if kind not in {SourceKind.ZIP, SourceKind.KMZ}}
    done = child(
        "from gis.formats.gdal_layers import GDAL_DRIVERS\nimport pyogrio\n"
        "print(*[kind.name for kind, driver in GDAL_DRIVERS.items() if driver in pyogrio.list_drivers()])"
    )
    own = {SourceKind.GEOPARQUET, SourceKind.CSV, SourceKind.XLSX, SourceKind.BOUNDARY_POINTS}
    assert {SourceKind[name] for name in done.stdout.split()} | own == kinds
    assert DEFAULT_LIMITS.features >= 10 * 1_000_000
