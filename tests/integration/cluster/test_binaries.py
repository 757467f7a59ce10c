"""What the machine must have, and what is said when it does not."""

from pathlib import Path

import pytest

from app.db.cluster import ClusterError, PrivateCluster, private_cluster
from app.db.cluster.binaries import PROGRAMS, PostgresBinaries, choose_binaries, find_installed, read_major


def install_imitation(root: Path, major: int, *, postgis: bool) -> None:
    """Lay out an installation that can say its version and its folders, and nothing else."""
    folder, share = root / str(major) / "bin", root / str(major) / "share"
    folder.mkdir(parents=True)
    (share / "extension").mkdir(parents=True)
    if postgis:
        (share / "extension" / "postgis.control").touch()
    for program in PROGRAMS:
        answer = f"{share}" if program == "pg_config" else f"postgres (PostgreSQL) {major}.3 (Imitation)"
        (folder / program).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (folder / program).chmod(0o755)


@pytest.fixture
def installed(tmp_path: Path) -> list[PostgresBinaries]:
    install_imitation(tmp_path, 14, postgis=True)
    install_imitation(tmp_path, 16, postgis=True)
    install_imitation(tmp_path, 17, postgis=False)
    return find_installed([f"{tmp_path}/*/bin"], search_path="")


def made_by(tmp_path: Path, major: int) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "PG_VERSION").write_text(f"{major}\n")
    return folder


def test_installations_are_found_newest_first(installed: list[PostgresBinaries]) -> None:
    assert [(binaries.major, binaries.has_postgis) for binaries in installed] == [(17, False), (16, True), (14, True)]


def test_an_installation_on_the_search_path_is_found(tmp_path: Path) -> None:
    install_imitation(tmp_path, 16, postgis=True)

    assert [found.major for found in find_installed([], search_path=str(tmp_path / "16" / "bin"))] == [16]


def test_incomplete_and_outdated_installations_do_not_count(tmp_path: Path) -> None:
    install_imitation(tmp_path, 12, postgis=True)
    install_imitation(tmp_path, 16, postgis=True)
    (tmp_path / "16" / "bin" / "initdb").unlink()
    install_imitation(tmp_path, 15, postgis=True)
    (tmp_path / "15" / "bin" / "postgres").write_text("#!/bin/sh\nexit 1\n")

    assert find_installed([f"{tmp_path}/*/bin"], search_path="") == []


def test_a_new_cluster_takes_the_newest_version_that_has_postgis(
    installed: list[PostgresBinaries], tmp_path: Path
) -> None:
    assert choose_binaries(installed, tmp_path / "absent").major == 16


def test_an_existing_cluster_takes_the_version_that_made_it(installed: list[PostgresBinaries], tmp_path: Path) -> None:
    assert choose_binaries(installed, made_by(tmp_path, 14)).major == 14


def test_a_version_that_is_not_installed_is_named_with_its_packages(
    installed: list[PostgresBinaries], tmp_path: Path
) -> None:
    with pytest.raises(ClusterError, match=r"made by PostgreSQL 15, but this machine has 17, 16, 14.*postgresql-15 "):
        choose_binaries(installed, made_by(tmp_path, 15))


def test_missing_postgis_is_named_with_its_package(installed: list[PostgresBinaries], tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="apt-get install postgresql-17-postgis-3"):
        choose_binaries(installed[:1], tmp_path / "absent")


def test_missing_postgresql_is_named_with_its_packages(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_cluster, "find_installed", lambda: find_installed([], search_path=""))

    with pytest.raises(ClusterError, match=r"apt-get install postgresql postgresql-postgis.*DUOGUI_DATABASE_URL"):
        PrivateCluster(data_dir).ensure_running()


def test_a_real_data_folder_of_another_major_version_is_left_alone(cluster: PrivateCluster, data_dir: Path) -> None:
    cluster.stop()
    version = data_dir / "postgres" / "data" / "PG_VERSION"
    original = version.read_text()
    version.write_text("9999\n")

    with pytest.raises(ClusterError, match="made by PostgreSQL 9999"):
        cluster.ensure_running()
    assert cluster.status().postgres_major == 9999
    version.write_text(original)


def test_a_damaged_version_file_is_reported(tmp_path: Path) -> None:
    folder = made_by(tmp_path, 15)
    (folder / "PG_VERSION").write_text("fifteen")

    with pytest.raises(ClusterError, match="is damaged"):
        read_major(folder)
