"""A backup brings everything back, and a restore that is refused or fails changes nothing."""

import json
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from app.db import schema
from app.db.backup import BackupError, read_backup, restore_backup, write_backup
from app.db.engine import make_engine
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from tests.databases import Databases

SRID = 4490
SQUARE = [[113.08, 28.24], [113.09, 28.24], [113.09, 28.25], [113.08, 28.25], [113.08, 28.24]]
BOW_TIE = [[113.0, 28.0], [113.01, 28.01], [113.01, 28.0], [113.0, 28.01], [113.0, 28.0]]
TRIANGLE = [[113.05, 28.24], [113.085, 28.2433333333333], [113.05, 28.26], [113.05, 28.24]]


def deliver(engine: Engine, folder: Path, slug: str, kind: str, rings: list[list[list[float]]]) -> None:
    """Import polygons as a layer in force."""
    file = folder / f"{slug}.geojson"
    features = [
        {
            "type": "Feature",
            "properties": {"名称": f"{slug}\t{n}\\N"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for n, ring in enumerate(rings)
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    request = ImportRequest(path=file, to=slug, kind=kind, publish=True)
    import_file(engine, request, actor="test", today=date(2026, 1, 1))


@pytest.fixture
def filled_url(fresh_url: str, tmp_path: Path) -> str:
    """Return a database with parcels (one of them repaired), control areas and their pieces."""
    engine = make_engine(fresh_url)
    deliver(engine, tmp_path, "parcels", "parcel", [SQUARE, BOW_TIE])
    deliver(engine, tmp_path, "redline", "ecological_redline", [TRIANGLE])
    engine.dispose()
    return fresh_url


@pytest.fixture
def empty_url(databases: Databases) -> Iterator[str]:
    """Return a database with PostGIS and nothing else."""
    with databases.copied("template1") as url:
        yield url


def contents(url: str) -> dict[str, tuple[int, str | None]]:
    """Return for each table the number of rows and a digest of them, geometries bit by bit."""
    engine = create_engine(url)
    with engine.connect() as connection:
        tables = connection.scalars(
            text("select tablename from pg_tables where schemaname = 'public' and tablename <> 'spatial_ref_sys'")
        ).all()
        found = {
            table: tuple(
                connection.execute(
                    text(f'select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from "{table}" as t')
                ).one()
            )
            for table in tables
        }
    engine.dispose()
    return found


def test_a_round_trip_brings_every_row_and_every_vertex_back(filled_url: str, empty_url: str, tmp_path: Path) -> None:
    written = write_backup(filled_url, tmp_path / "duogui.backup")
    restored = restore_backup(empty_url, written.path, srid=SRID)

    before, after = contents(filled_url), contents(empty_url)
    assert before["parcel"][0] == 2
    assert before["repair"][0] == 1
    assert before["control_piece"][0] >= 1
    assert after == before
    assert restored == written
    assert restored.storage_srid == SRID


def test_a_restored_database_can_be_written_to_and_is_at_this_version(
    filled_url: str, empty_url: str, tmp_path: Path
) -> None:
    restore_backup(empty_url, write_backup(filled_url, tmp_path / "a.backup").path, srid=SRID)

    engine = make_engine(empty_url)
    assert schema.upgrade(engine, srid=SRID) == (schema.head_revision(), schema.head_revision())
    deliver(engine, tmp_path, "parcels_2", "parcel", [SQUARE])
    with engine.connect() as connection:
        areas = connection.execute(
            text(
                "select count(*), count(distinct ST_AsEWKB(geom)), count(distinct area_ellipsoid_m2) from parcel "
                "where attributes->>'名称' like '%\t0%'"
            )
        ).one()
    engine.dispose()
    assert tuple(areas) == (2, 1, 1)


def test_the_file_is_private_and_complete_or_absent(filled_url: str, tmp_path: Path) -> None:
    target = tmp_path / "duogui.backup"

    written = write_backup(filled_url, target)

    assert target.stat().st_mode & 0o777 == 0o600
    assert written.file_bytes == target.stat().st_size
    assert [path.name for path in tmp_path.glob("*backup*")] == ["duogui.backup"]


def test_a_backup_is_never_overwritten_unless_asked(filled_url: str, tmp_path: Path) -> None:
    target = tmp_path / "duogui.backup"
    target.write_text("an older backup")

    with pytest.raises(BackupError, match=r"exists already.*--force"):
        write_backup(filled_url, target)
    assert target.read_text() == "an older backup"
    write_backup(filled_url, target, replace=True)
    assert read_backup(target).revision == schema.head_revision()


def test_a_backup_of_nothing_and_one_into_no_folder_are_refused(
    empty_url: str, filled_url: str, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        write_backup(empty_url, tmp_path / "duogui.backup")
    with pytest.raises(BackupError, match="does not exist"):
        write_backup(filled_url, tmp_path / "absent" / "duogui.backup")
    assert list(tmp_path.glob("*backup*")) == []


def test_a_database_that_holds_something_is_replaced_only_when_asked(
    filled_url: str, empty_url: str, tmp_path: Path
) -> None:
    backup = write_backup(filled_url, tmp_path / "a.backup").path
    restore_backup(empty_url, backup, srid=SRID)
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "create table foreign_one (n int); create type mood as enum ('good'); create type pair as (a int, b mood); create domain share as real"
            )
        )
        connection.execute(text("create view seen as select n from foreign_one"))
        connection.execute(
            text(
                "create function foreign_one_count() returns bigint language sql as 'select count(*) from foreign_one'"
            )
        )
    engine.dispose()
    before = contents(empty_url)

    with pytest.raises(BackupError, match=r"not empty.*--force"):
        restore_backup(empty_url, backup, srid=SRID)
    assert contents(empty_url) == before

    restore_backup(empty_url, backup, srid=SRID, force=True)
    assert contents(empty_url) == contents(filled_url)


def test_a_backup_of_another_storage_system_is_refused(filled_url: str, empty_url: str, tmp_path: Path) -> None:
    engine = make_engine(empty_url)
    schema.upgrade(engine, srid=4326)
    engine.dispose()
    backup = write_backup(empty_url, tmp_path / "wgs84.backup").path
    before = contents(filled_url)

    with pytest.raises(BackupError, match=r"EPSG:4326.*EPSG:4490.*DUOGUI_STORAGE_SRID=4326"):
        restore_backup(filled_url, backup, srid=SRID, force=True)
    assert contents(filled_url) == before


def test_a_backup_of_a_newer_version_is_refused(filled_url: str, empty_url: str, tmp_path: Path) -> None:
    engine = make_engine(filled_url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    backup = write_backup(filled_url, tmp_path / "newer.backup").path

    with pytest.raises(BackupError, match=r"newer version .schema 9999"):
        restore_backup(empty_url, backup, srid=SRID)
    assert contents(empty_url) == {}


def test_a_broken_backup_leaves_the_database_as_it_was(filled_url: str, tmp_path: Path) -> None:
    whole = write_backup(filled_url, tmp_path / "whole.backup").path.read_bytes()
    before = contents(filled_url)
    refused = 0
    for share in range(5, 100, 5):
        broken = tmp_path / "broken.backup"
        broken.write_bytes(whole[: len(whole) * share // 100])
        with pytest.raises(BackupError):
            restore_backup(filled_url, broken, srid=SRID, force=True)
        refused += 1
    assert refused == 19
    assert contents(filled_url) == before


def test_what_is_no_backup_is_named(tmp_path: Path, filled_url: str) -> None:
    with pytest.raises(BackupError, match="There is no file"):
        read_backup(tmp_path / "absent")
    text_file = tmp_path / "notes.txt"
    text_file.write_text("not an archive" * 1000)
    with pytest.raises(BackupError, match="cannot be read as a backup"):
        read_backup(text_file)


def test_an_archive_of_another_program_is_told_from_a_backup(empty_url: str, tmp_path: Path) -> None:
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("create table elsewhere (n int)"))
    socket = engine.url.query["host"]
    engine.dispose()
    foreign = tmp_path / "foreign.dump"
    subprocess.run(
        [
            "pg_dump",
            "--format=custom",
            "--file",
            foreign,
            f"--host={socket}",
            "--port=5432",
            "--username=duogui",
            str(engine.url.database),
        ],
        check=True,
    )

    with pytest.raises(BackupError, match="not a backup of this service"):
        read_backup(foreign)


def test_a_restore_waits_for_nobody_for_ever(filled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.db.backup.LOCK_TIMEOUT", "100ms")
    backup = write_backup(filled_url, tmp_path / "a.backup").path
    engine = make_engine(filled_url)
    with engine.begin() as connection:
        connection.execute(text("lock table parcel in access share mode"))
        with pytest.raises(BackupError, match=r"nothing was changed.*lock timeout"):
            restore_backup(filled_url, backup, srid=SRID, force=True)
    engine.dispose()
    assert contents(filled_url)["parcel"][0] == 2
