"""An import that dies at any moment leaves the old version or the new one, and is gone on with where it stood."""

import itertools
import random
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from threading import Event

import pytest
import shapely
from sqlalchemy import Engine, text

from app.db.errors import DatabaseUnavailableError
from app.layers import loading
from app.layers.errors import ImportCancelledError, ImportRunningError
from app.layers.importing import ImportRequest, import_file
from app.layers.unfinished import Delivery, staged_import
from gis.formats.reading import file_sha256
from tests.databases import wait_until_released

from .conftest import TODAY, rows, square

CHUNK_ROWS = 200
COUNT = 2_000
CODE = {"parcel_code": "code"}
STORED = (
    "select feature_id, ST_AsEWKB(geom), parcel_code, attributes::text, area_ellipsoid_m2 from parcel "
    "join layer_version v on v.id = layer_version_id where v.number = 2 order by row_id"
)
BESIDE = (
    "select 'repair', source_row, reason from repair join layer_version v on v.id = layer_version_id where v.number = 2 "
    "union all select 'rejected', source_row, reason from rejected_feature join layer_version v on v.id = layer_version_id "
    "where v.number = 2 order by 1, 2"
)
VERSION = "select read_count, accepted_count, repaired_count, rejected_count, report, validation from layer_version where number = 2"
VISIBLE = "select number, status, read_count from layer_version where layer_id is not null order by number"


@pytest.fixture
def path(delivery):
    """Return a delivery with a feature of every outcome in each chunk, and repetitions across chunks."""
    features = []
    for i in range(COUNT):
        west, south = 113 + i % 50 * 0.001, 28 + i // 50 * 0.001
        cell = shapely.box(west, south, west + 0.001, south + 0.001)
        if i % 100 == 17:
            cell = shapely.Polygon(shapely.get_coordinates(cell)[[0, 2, 1, 3]])
        if i % 100 == 23:
            cell = None
        features.append({"code": f"P{i}", "geometry": cell})
    features[900] = features[30]
    features[1500]["code"] = "P40"
    return delivery(features, "city.gpkg")


@pytest.fixture
def former(delivery, load):
    """Put a version in force that must stay until the new one is there whole."""
    load(
        delivery([{"code": f"F{i}", "geometry": square(i)} for i in range(3)], "former.gpkg"),
        mapping=CODE,
        publish=True,
    )


def options(publish):
    return {"mapping": CODE, "publish": publish, "valid_from": date(2026, 1, 1), "chunk_rows": CHUNK_ROWS}


def state(engine):
    ((*counts, report, validation),) = rows(engine, VERSION)
    report["options"].pop("valid_from")
    return [tuple(counts), report, validation, rows(engine, STORED), rows(engine, BESIDE)]


@pytest.fixture
def uninterrupted(path, load, fresh_engine, former):
    """Return what an import that nobody disturbs makes, and take it away again."""
    load(path, **options(publish=False))
    expected = state(fresh_engine)
    with fresh_engine.begin() as connection:
        connection.execute(text("delete from layer_version where number = 2"))
        connection.execute(text("update layer set version_count = 1"))
    return expected


def start(url: str, path: Path, *more: str) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("import_process.py")
    command = [sys.executable, str(script), url, str(path), str(CHUNK_ROWS), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill_after(engine: Engine, process: subprocess.Popen[str], reports: int, then_s: float) -> bool:
    """Kill a process after some reports and a moment, and wait for the database to see it; False where it was through before."""
    assert process.stdout is not None
    for _ in range(reports):
        if not process.stdout.readline():
            break
    time.sleep(then_s)
    process.kill()
    process.communicate()
    wait_until_released(engine)
    return process.returncode != 0


def test_an_import_killed_again_and_again_ends_as_if_nothing_had_been(
    uninterrupted, path, load, fresh_engine, fresh_url
):
    chance = random.Random(4)
    staged = []
    for _ in range(4):
        was_killed = kill_after(fresh_engine, start(fresh_url, path), chance.randint(1, 6), chance.random() * 0.1)
        visible = rows(fresh_engine, VISIBLE)
        if not was_killed:
            break
        assert visible[0] == (1, "in_force", 3)
        assert len(visible) == 1 or visible[1] == (2, "draft", COUNT)
        staged += [done for (done,) in rows(fresh_engine, "select rows_done from staging")]
    assert any(staged), "nothing was ever staged when the process was killed"
    assert staged == sorted(staged), "a restart lost what was staged"
    load(path, **options(publish=False))
    assert state(fresh_engine) == uninterrupted
    assert rows(fresh_engine, "select count(*) from staging") == [(0,)]
    assert rows(fresh_engine, "select count(*) from layer_version where layer_id is null") == [(0,)]


def test_one_killed_while_it_publishes_leaves_the_old_version_or_the_new_one(
    former, path, load, fresh_engine, fresh_url
):
    kill_after(fresh_engine, start(fresh_url, path, "publish"), COUNT // CHUNK_ROWS, 0.05)
    assert rows(fresh_engine, VISIBLE) in (
        [(1, "in_force", 3)],
        [(1, "archived", 3), (2, "in_force", COUNT)],
    )
    load(path, **options(publish=True))
    assert rows(fresh_engine, VISIBLE) == [(1, "archived", 3), (2, "in_force", COUNT)]


def stop_after(chunks):
    asked = iter(range(chunks + 1))
    return lambda: next(asked) == chunks


def test_a_cancelled_import_shows_nothing_and_makes_no_layer(path, fresh_engine, load):
    request = ImportRequest(path=path, to="parcels", kind="parcel", mapping=CODE, valid_from=date(2026, 1, 1))
    with pytest.raises(ImportCancelledError):
        import_file(fresh_engine, request, actor="test", today=TODAY, cancelled=stop_after(3), chunk_rows=CHUNK_ROWS)
    assert rows(fresh_engine, "select count(*) from layer") == [(0,)]
    # Whole chunks are there; those that still waited for the database are made again.
    ((rows_done,),) = rows(fresh_engine, "select rows_done from staging")
    assert rows_done in {200, 400, 600}
    done = []
    import_file(
        fresh_engine,
        request,
        actor="test",
        today=TODAY,
        progress=lambda rows_done, _total: done.append(rows_done),
        chunk_rows=CHUNK_ROWS,
    )
    assert rows(fresh_engine, "select number, read_count from layer_version") == [(1, COUNT)]
    # What was staged before is older than what came after, and is there once.
    ((distinct, stored, moments),) = rows(
        fresh_engine, "select count(distinct feature_id), count(*), count(distinct recorded_at) from parcel"
    )
    assert (distinct, stored) == (1_979, 1_979)
    assert moments == COUNT // CHUNK_ROWS
    assert done[-1] == COUNT


@pytest.fixture
def first_chunk_waits(monkeypatch):
    """Hold the first chunk back until the second is sent, and return a list of what shall then happen to it."""
    second_is_sent, calls, then, send = Event(), itertools.count(), [], loading.send_rows

    def send_rows(connection, encoded):
        is_first = next(calls) == 0
        if is_first:
            assert second_is_sent.wait(60)
        for happening in then if is_first else ():
            raise happening
        send(connection, encoded)
        second_is_sent.set()

    monkeypatch.setattr(loading, "send_rows", send_rows)
    return then


def test_chunks_are_committed_and_numbered_in_their_order_whichever_is_sent_first(
    uninterrupted, path, load, fresh_engine, first_chunk_waits
):
    assert first_chunk_waits == []
    load(path, **options(publish=False))
    assert state(fresh_engine) == uninterrupted


def test_no_chunk_is_kept_without_the_one_before_it(path, load, fresh_engine, first_chunk_waits):
    first_chunk_waits.append(DatabaseUnavailableError("the first chunk was lost"))
    with pytest.raises(DatabaseUnavailableError):
        load(path, **options(publish=False))
    assert rows(fresh_engine, "select rows_done from staging") == [(0,)]
    assert rows(fresh_engine, "select count(*) from parcel") == [(0,)]
    first_chunk_waits.clear()
    assert load(path, **options(publish=False)).report["read"] == COUNT


def delivery_of(path):
    facts = {"source_name": path.name, "source_crs": "EPSG:4490", "valid_from": TODAY}
    return Delivery("parcels", file_sha256(path), {"a": 1}, facts, CHUNK_ROWS)


def test_two_processes_never_work_on_one_import(path, fresh_engine):
    with (
        staged_import(fresh_engine, delivery_of(path), actor="one") as first,
        pytest.raises(ImportRunningError, match="Another process"),
        staged_import(fresh_engine, delivery_of(path), actor="two"),
    ):
        pass
    with staged_import(fresh_engine, delivery_of(path), actor="three") as again:
        assert again.version_id == first.version_id


def test_what_nobody_goes_on_with_is_dropped_unless_somebody_works_on_it(path, fresh_engine, delivery):
    other = delivery_of(delivery([{"code": "X", "geometry": square(0)}], "other.gpkg"))
    with staged_import(fresh_engine, delivery_of(path), actor="one") as forgotten:
        pass
    with fresh_engine.begin() as connection:
        connection.execute(text("update staging set updated_at = now() - interval '8 days'"))
    with staged_import(fresh_engine, other, actor="two") as living:
        found = [version for (version,) in rows(fresh_engine, "select layer_version_id from staging")]
    assert forgotten.version_id not in found
    assert found == [living.version_id]


def test_what_another_version_of_the_software_staged_is_begun_anew(path, fresh_engine):
    with staged_import(fresh_engine, delivery_of(path), actor="one") as first:
        pass
    with fresh_engine.begin() as connection:
        connection.execute(text("update staging set software_version = 'older', rows_done = 200"))
    with staged_import(fresh_engine, delivery_of(path), actor="one") as second:
        assert (second.version_id > first.version_id, second.rows_done) == (True, 0)
    assert rows(fresh_engine, "select count(*) from layer_version") == [(1,)]
