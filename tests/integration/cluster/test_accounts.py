"""Who may use a cluster, and as whom its server runs."""

import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app.db.cluster import ClusterError, PrivateCluster
from app.db.cluster.account import ROOT_UID, ServerAccount, find_server_account
from app.db.cluster.folders import ClusterFolders
from tests.integration.cluster.conftest import NOBODY

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def normal_user(data_dir: Path) -> int:
    """Give a user that is not root and may write into the data folder: as root ``nobody``, else whoever runs the tests."""
    if os.geteuid() != ROOT_UID:
        return os.geteuid()
    os.chown(data_dir, NOBODY, NOBODY)
    return NOBODY


def said_by(process: subprocess.Popen[str]) -> str:
    said, complaint = process.communicate(timeout=60)
    assert complaint == ""
    return said


def test_a_normal_user_starts_inspects_and_stops_a_cluster(
    start_process: Start, data_dir: Path, normal_user: int
) -> None:
    assert said_by(start_process("ensure_running", uid=normal_user)).startswith("postgresql+psycopg://duogui@/duogui")
    assert "RUNNING" in said_by(start_process("status", uid=normal_user))
    data = data_dir / "postgres" / "data"
    assert data.stat().st_uid == normal_user
    assert said_by(start_process("stop", uid=normal_user)).strip() == "True"
    assert "STOPPED" in said_by(start_process("status", uid=normal_user))


def test_the_server_never_runs_as_root(cluster: PrivateCluster) -> None:
    pid = cluster.status().pid
    assert pid is not None
    assert ROOT_UID not in psutil.Process(pid).uids()


def test_a_cluster_of_a_normal_user_is_run_by_root_as_that_user(
    start_process: Start, data_dir: Path, normal_user: int
) -> None:
    url = said_by(start_process("ensure_running", uid=normal_user)).strip()
    cluster = PrivateCluster(data_dir, durable=False)
    assert cluster.ensure_running() == url
    cluster.stop()

    cluster.ensure_running()
    pid = cluster.status().pid
    assert pid is not None
    assert psutil.Process(pid).uids().effective == normal_user
    assert said_by(start_process("ensure_running", uid=normal_user)).strip() == cluster.database_url()


@pytest.mark.parametrize("method", ["ensure_running", "status", "stop"])
def test_a_folder_that_belongs_to_somebody_else_is_refused_in_one_sentence(
    start_process: Start, cluster: PrivateCluster, method: str
) -> None:
    """Root's cluster is closed to ``nobody``; without root the tests' own cluster is closed to nobody else's reach."""
    if os.geteuid() == ROOT_UID:
        said = said_by(start_process(method, uid=NOBODY))
        assert said.startswith("ClusterError: The database folder ")
        assert "DUOGUI_DATA_DIR" in said
    else:
        with pytest.raises(ClusterError, match="belongs to another user"):
            find_server_account(Path("/"))


def test_a_parent_that_shuts_the_database_account_out_is_named(data_dir: Path) -> None:
    closed = data_dir / "closed"
    (closed / "data").mkdir(parents=True)
    stranger = ServerAccount("stranger", uid=54321, gid=54321, groups=(54321,))

    closed.chmod(0o711)
    stranger.require_way_to(closed / "data")
    closed.chmod(0o700)
    with pytest.raises(ClusterError, match=f"'stranger'.* cannot enter {closed}.*chmod o[+]x {closed}"):
        stranger.require_way_to(closed / "data")


def test_a_group_member_is_judged_by_the_bits_of_the_group(data_dir: Path) -> None:
    shared = data_dir / "shared"
    (shared / "data").mkdir(parents=True)
    facts = shared.stat()
    member = ServerAccount("member", uid=54321, gid=facts.st_gid, groups=(facts.st_gid,))
    shared.chmod(0o710)
    member.require_way_to(shared / "data")

    shared.chmod(0o701)
    with pytest.raises(ClusterError, match="'member'"):
        member.require_way_to(shared / "data")


def test_a_user_without_a_name_is_told_why_it_cannot_have_a_cluster(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    nameless = 4_000_000
    with pytest.raises(KeyError):
        pwd.getpwuid(nameless)
    monkeypatch.setattr(os, "geteuid", lambda: nameless)

    with pytest.raises(ClusterError, match="user id 4000000 has no name"):
        find_server_account(data_dir / "absent")


def test_root_without_a_database_account_is_told_which_package_makes_it(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    def unknown(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: ROOT_UID)
    monkeypatch.setattr(pwd, "getpwnam", unknown)

    with pytest.raises(ClusterError, match="package postgresql"):
        find_server_account(data_dir / "absent")


def test_folders_made_under_a_tight_umask_still_let_the_database_account_through(data_dir: Path) -> None:
    before = os.umask(0o077)
    try:
        folders = ClusterFolders.under(data_dir / "made" / "here")
        folders.make_base()
    finally:
        os.umask(before)

    expected = 0o755 if os.geteuid() == ROOT_UID else 0o700
    assert {folder.stat().st_mode & 0o777 for folder in (folders.base, data_dir / "made")} == {expected}


def test_a_data_folder_that_cannot_be_made_is_explained(data_dir: Path) -> None:
    (data_dir / "file").write_text("not a folder")

    with pytest.raises(ClusterError, match=r"cannot be used: Not a directory .*DUOGUI_DATA_DIR"):
        PrivateCluster(data_dir / "file" / "below").ensure_running()


@pytest.mark.parametrize("name", ["postgresql.conf.new", "server.log"])
def test_a_link_planted_in_the_database_folder_is_not_written_through(
    cluster: PrivateCluster, data_dir: Path, name: str
) -> None:
    cluster.stop()
    victim = data_dir / "victim"
    victim.write_text("precious")
    planted = data_dir / "postgres" / "data" / name
    planted.unlink(missing_ok=True)
    planted.symlink_to(victim)

    with pytest.raises(ClusterError, match="cannot be used"):
        cluster.ensure_running()
    assert victim.read_text() == "precious"
    assert victim.stat().st_uid == os.geteuid()
