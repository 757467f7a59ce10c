"""A private cluster from its first start to its stop."""

import os
from pathlib import Path

import psutil
import psycopg
import pytest

from app.db.cluster import ClusterError, ClusterState, PrivateCluster
from app.db.cluster.folders import ClusterFolders
from tests.integration.cluster.conftest import connect


def test_the_first_start_makes_a_database_with_postgis(data_dir: Path) -> None:
    url = PrivateCluster(data_dir, durable=False).ensure_running()

    with connect(url) as connection:
        row = connection.execute("SELECT current_database(), current_user, ST_Area('POLYGON((0 0,3 0,3 2,0 2,0 0))')")
        assert row.fetchone() == ("duogui", "duogui", 6.0)


def test_the_database_has_unicode_text_sorted_by_code_point(shared_cluster: PrivateCluster) -> None:
    with connect(shared_cluster.database_url()) as connection:
        facts = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate, '多规' || chr(128506) FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert facts == ("UTF8", "C.UTF-8", "多规🗺")


def test_a_running_cluster_is_shared_and_not_started_again(shared_cluster: PrivateCluster) -> None:
    before = shared_cluster.status()

    url = PrivateCluster(before.data_folder.parents[1]).ensure_running()

    assert url == shared_cluster.database_url()
    assert shared_cluster.status().pid == before.pid


def test_rows_outlive_a_stop(cluster: PrivateCluster) -> None:
    with connect(cluster.database_url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    assert cluster.stop() is True
    with connect(cluster.ensure_running()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_stop_closes_open_connections(cluster: PrivateCluster) -> None:
    with connect(cluster.database_url()) as connection:
        cluster.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_stopping_what_does_not_run_says_so(data_dir: Path, cluster: PrivateCluster) -> None:
    cluster.stop()

    assert cluster.stop() is False
    assert PrivateCluster(data_dir / "never-made").stop() is False


def test_a_stopped_cluster_leaves_no_runtime_folder(cluster: PrivateCluster) -> None:
    folder = cluster.status().socket_folder
    assert folder is not None
    assert folder.is_dir()

    cluster.stop()

    assert not folder.exists()


def test_status_tells_absent_running_and_stopped_apart(data_dir: Path) -> None:
    cluster = PrivateCluster(data_dir, durable=False)
    absent = cluster.status()
    cluster.ensure_running()
    running = cluster.status()
    cluster.stop()
    stopped = cluster.status()

    assert [absent.state, running.state, stopped.state] == [
        ClusterState.ABSENT,
        ClusterState.RUNNING,
        ClusterState.STOPPED,
    ]
    assert absent.postgres_major is None
    assert running.pid is not None
    assert running.postgres_version is not None
    assert running.postgres_version.startswith(str(running.postgres_major))
    assert running.postgis_version is not None
    assert running.database_bytes is not None
    assert stopped.pid is None
    assert stopped.postgres_major == running.postgres_major


def test_nothing_listens_on_the_network(shared_cluster: PrivateCluster) -> None:
    pid = shared_cluster.status().pid
    assert pid is not None

    # What it may hold is the statistics collector's loopback socket of PostgreSQL 14 and older, which is connected.
    assert not [held for held in psutil.Process(pid).net_connections("inet") if held.status == psutil.CONN_LISTEN]


def test_the_administrator_is_out_of_reach_of_another_account(shared_cluster: PrivateCluster) -> None:
    status = shared_cluster.status()
    owner = status.data_folder.stat().st_uid
    folder = status.socket_folder
    assert folder is not None
    assert folder.stat().st_mode & 0o077 == 0

    allowed = owner == os.geteuid()
    try:
        psycopg.connect(host=str(folder), port=5432, user="postgres", dbname="postgres").close()
        entered = True
    except psycopg.OperationalError:
        entered = False
    assert entered is allowed


def test_a_new_database_has_postgis_and_belongs_to_the_service(shared_cluster: PrivateCluster) -> None:
    with connect(shared_cluster.create_database("worker_1")) as connection:
        connection.execute("CREATE SCHEMA own; INSERT INTO spatial_ref_sys (srid) VALUES (990001)")
        assert connection.execute("SELECT ST_SRID(ST_Point(1, 2, 4490))").fetchone() == (4490,)


def test_a_database_made_from_a_template_has_its_rows(shared_cluster: PrivateCluster) -> None:
    with connect(shared_cluster.create_database("pattern")) as connection:
        connection.execute("CREATE TABLE parcel AS SELECT 7 AS parcel_id")

    with connect(shared_cluster.create_database("copied", template="pattern")) as connection:
        assert connection.execute("SELECT parcel_id FROM parcel").fetchone() == (7,)


def test_a_template_in_use_and_a_name_in_use_are_refused(shared_cluster: PrivateCluster) -> None:
    with (
        connect(shared_cluster.create_database("busy")),
        pytest.raises(ClusterError, match="being accessed by other users"),
    ):
        shared_cluster.create_database("from_busy", template="busy")
    with pytest.raises(ClusterError, match="already exists"):
        shared_cluster.create_database("duogui")


def test_dropping_a_database_closes_its_connections_and_may_be_repeated(shared_cluster: PrivateCluster) -> None:
    with connect(shared_cluster.create_database("brief")) as connection:
        shared_cluster.drop_database("brief")
        shared_cluster.drop_database("brief")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


@pytest.mark.parametrize("name", ['x"; DROP ROLE duogui; --', "Upper", "", "a" * 64, "name\n"])
def test_a_name_that_would_need_care_is_refused(shared_cluster: PrivateCluster, name: str) -> None:
    with pytest.raises(ClusterError, match="is no database name"):
        shared_cluster.create_database(name)


def test_a_data_folder_of_two_hundred_characters_with_spaces_and_quotes_works(data_dir: Path) -> None:
    filling = "数据 o'clock 100% "
    deep = data_dir / (filling * 2) / ("d" * 90) / ("e" * 90)
    assert len(str(deep)) > 200

    url = PrivateCluster(deep, durable=False).ensure_running()

    with connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert (deep / "postgres" / "data" / "PG_VERSION").is_file()


def test_variables_of_other_clients_do_not_redirect_the_service(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "6543", "PGHOST": "nowhere", "PGDATABASE": "other", "PGDATA": "/nowhere"}.items():
        monkeypatch.setenv(name, value)

    with connect(PrivateCluster(data_dir, durable=False).ensure_running()) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("duogui",)


def test_settings_of_the_operator_are_read_last_and_kept(cluster: PrivateCluster, data_dir: Path) -> None:
    cluster.stop()
    local = data_dir / "postgres" / "data" / "local.conf"
    local.write_text("max_connections = 33\n")
    local.chmod(0o644)

    with connect(cluster.ensure_running()) as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("33",)


def test_only_a_test_cluster_gives_up_durability(data_dir: Path) -> None:
    with connect(PrivateCluster(data_dir).ensure_running()) as connection:
        assert connection.execute("SELECT current_setting('fsync'), current_setting('data_checksums')").fetchone() == (
            "on",
            "on",
        )
    PrivateCluster(data_dir).stop()
    with connect(PrivateCluster(data_dir, durable=False).ensure_running()) as connection:
        assert connection.execute("SELECT current_setting('fsync')").fetchone() == ("off",)


def test_a_setting_the_server_refuses_is_reported_with_its_log(cluster: PrivateCluster, data_dir: Path) -> None:
    cluster.stop()
    local = data_dir / "postgres" / "data" / "local.conf"
    local.write_text("shared_buffers = 'plenty'\n")
    local.chmod(0o644)

    with pytest.raises(ClusterError, match=r"did not start.*invalid value for parameter \"shared_buffers\""):
        cluster.ensure_running()
    local.unlink()


def test_a_runtime_folder_that_somebody_else_made_is_refused(data_dir: Path) -> None:
    planted = ClusterFolders.under(data_dir).socket
    planted.mkdir(mode=0o755)

    with pytest.raises(ClusterError, match="exists already and is not private"):
        PrivateCluster(data_dir, durable=False).ensure_running()
