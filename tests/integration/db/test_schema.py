"""The migrations: up, down, against the models, and for the storage CRS that was fixed."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from geoalchemy2 import alembic_helpers
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from app.db import schema
from app.db.engine import make_engine
from app.db.models import Base
from gis.rules import load_catalog
from tests.databases import Databases


@pytest.fixture
def empty_engine(databases: Databases):
    with databases.copied("template1") as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def queue_left_out(item, name, type_, reflected, compare_to):
    if type_ == "table" and name.startswith("procrastinate_"):
        return False
    return alembic_helpers.include_object(item, name, type_, reflected, compare_to)


def test_the_migrated_database_is_what_the_models_say(fresh_engine: Engine):
    with fresh_engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": queue_left_out, "compare_server_default": False}
        )
        assert compare_metadata(context, Base.metadata) == []
        assert set(Base.metadata.tables) <= set(inspect(connection).get_table_names())


def test_every_check_of_the_models_is_in_the_database(fresh_engine: Engine):
    declared = {
        (table.name, constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    with fresh_engine.connect() as connection:
        found = {
            (row.table, row.name)
            for row in connection.execute(
                text(
                    "select relname as table, conname as name from pg_constraint "
                    "join pg_class on pg_class.oid = conrelid where contype = 'c'"
                )
            )
        }
    assert len(declared) > 30
    assert declared <= found


def test_migrations_go_all_the_way_down_and_up_again(empty_engine: Engine):
    schema.upgrade(empty_engine, srid=4490)
    schema.downgrade(empty_engine, srid=4490, revision="base")
    with empty_engine.connect() as connection:
        left = set(inspect(connection).get_table_names()) - {"spatial_ref_sys", "alembic_version"}
        routines = connection.scalar(text("select count(*) from pg_proc where proname like 'procrastinate%'"))
    assert (left, routines) == (set(), 0)
    assert schema.upgrade(empty_engine, srid=4490) == (None, schema.head_revision())


def test_the_storage_srid_is_fixed_when_the_database_is_made(empty_engine: Engine):
    schema.upgrade(empty_engine, srid=4326)
    with empty_engine.connect() as connection:
        assert schema.storage_srid(connection) == 4326
        columns = connection.execute(
            text(
                "select distinct srid from geometry_columns"
                " where srid <> 3857 and f_table_name not in ('control_piece', 'tile_piece')"
            )
        )
        assert columns.scalars().all() == [4326]
    with pytest.raises(schema.SchemaError, match="made for 4326, which cannot be changed"):
        schema.upgrade(empty_engine, srid=4490)


def test_upgrading_again_changes_nothing_and_loads_the_legal_numbers_once(empty_engine: Engine):
    schema.upgrade(empty_engine, srid=4490)
    assert schema.upgrade(empty_engine, srid=4490) == (schema.head_revision(), schema.head_revision())
    with empty_engine.connect() as connection:
        stored = connection.scalar(text("select count(*) from rule_parameter"))
    assert stored == len(load_catalog().parameters) > 20


def test_a_database_of_a_newer_version_is_refused_by_name(empty_engine: Engine):
    schema.upgrade(empty_engine, srid=4490)
    with empty_engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(schema.SchemaError, match="revision 9999, which this version does not know"):
        schema.upgrade(empty_engine, srid=4490)
    with empty_engine.connect() as connection, pytest.raises(schema.SchemaError, match="duogui db upgrade"):
        schema.require_current(connection, srid=4490)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("insert into layer (slug, kind, title_zh, title_en, created_by) values ('Bad', 'plan', '', '', '')", "slug"),
        (
            "insert into layer (slug, kind, title_zh, title_en, created_by) values ('a', 'control_area', '', '', '')",
            "control_kind_of_control_area",
        ),
        ("insert into installation (id, storage_srid) values (2, 4490)", "one_row"),
    ],
)
def test_the_database_itself_refuses_what_makes_no_sense(session, statement: str, constraint: str):
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(text(statement))
