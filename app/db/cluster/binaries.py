"""The PostgreSQL and PostGIS that the machine has."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.db.cluster.errors import ClusterError

# Debian and Ubuntu keep each major version in a folder of its own, off the search path; so do the RPM packages.
INSTALL_PATTERNS: tuple[str, ...] = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
PROGRAMS = ("initdb", "pg_ctl", "postgres", "psql", "pg_config")
OLDEST_MAJOR = 13


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """One installed major version of PostgreSQL."""

    folder: Path
    major: int

    def path(self, program: str) -> Path:
        """Return the path of one of its programs."""
        return self.folder / program

    @property
    def has_postgis(self) -> bool:
        """Whether this version can ``CREATE EXTENSION postgis``."""
        shared = _output(self.path("pg_config"), "--sharedir")
        return shared is not None and Path(shared, "extension", "postgis.control").is_file()


def find_installed(
    patterns: Sequence[str] = INSTALL_PATTERNS, *, search_path: str | None = None
) -> list[PostgresBinaries]:
    """Return the complete PostgreSQL installations, newest first.

    Parameters
    ----------
    patterns : sequence of str
        Absolute glob patterns of folders that hold the programs of one version.
    search_path : str, optional
        Where else to look for ``pg_ctl``; default the environment's ``PATH``.
    """
    folders = [folder for pattern in patterns for folder in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("pg_ctl", path=search_path)
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    found: dict[int, PostgresBinaries] = {}
    for folder in folders:
        if all((folder / program).is_file() for program in PROGRAMS):
            major = _major_of(folder / "postgres")
            if major is not None and major >= OLDEST_MAJOR:
                found.setdefault(major, PostgresBinaries(folder, major))
    return sorted(found.values(), key=lambda binaries: -binaries.major)


def choose_binaries(installed: Sequence[PostgresBinaries], data_folder: Path) -> PostgresBinaries:
    """Choose the version that made ``data_folder``, or for a new one the newest that has PostGIS.

    Raises
    ------
    ClusterError
        When PostgreSQL, the right version of it or PostGIS is missing; it names the packages to install.
    """
    made_by = read_major(data_folder)
    if not installed:
        raise ClusterError(
            "PostgreSQL is not installed on this machine. Install it with PostGIS: "
            f"{_install_command(made_by)}. Or set DUOGUI_DATABASE_URL to an existing PostGIS database."
        )
    if made_by is not None:
        installed = _only_major(installed, made_by, data_folder)
    for binaries in installed:
        if binaries.has_postgis:
            return binaries
    raise ClusterError(
        f"PostgreSQL {installed[0].major} is installed, but PostGIS for it is not. Install it: "
        f"apt-get install postgresql-{installed[0].major}-postgis-3. "
        "Or set DUOGUI_DATABASE_URL to an existing PostGIS database."
    )


def read_major(data_folder: Path) -> int | None:
    """Return the major version of PostgreSQL that made ``data_folder``, or None when there is no such folder yet."""
    try:
        return int((data_folder / "PG_VERSION").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ClusterError(f"{data_folder / 'PG_VERSION'} is damaged: it does not hold a version number.") from error


def _only_major(installed: Sequence[PostgresBinaries], major: int, data_folder: Path) -> list[PostgresBinaries]:
    same = [binaries for binaries in installed if binaries.major == major]
    if not same:
        present = ", ".join(str(binaries.major) for binaries in installed)
        raise ClusterError(
            f"The database in {data_folder} was made by PostgreSQL {major}, but this machine has {present}. Install "
            f"version {major} again ({_install_command(major)}), or where it ran make a backup with `duogui db backup` "
            "and restore it into a new data folder (DUOGUI_DATA_DIR) with `duogui db restore`."
        )
    return same


def _install_command(major: int | None) -> str:
    if major is None:
        return "apt-get install postgresql postgresql-postgis"
    return f"apt-get install postgresql-{major} postgresql-{major}-postgis-3"


def _major_of(postgres: Path) -> int | None:
    # `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
    words = re.search(r"\(PostgreSQL\) (\d+)", _output(postgres, "--version") or "")
    return None if words is None else int(words[1])


def _output(program: Path, option: str) -> str | None:
    """Return what a program prints for an option, or None when it fails."""
    try:
        return subprocess.run([program, option], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
