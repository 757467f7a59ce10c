"""The operating-system account that the database server runs as.

PostgreSQL refuses to run as root. A service started by root therefore hands only the database binaries to another
account: the owner of the data folder, or ``postgres`` when there is none yet. Everyone else runs them as themselves.
"""

import grp
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.db.cluster.errors import ClusterError

ROOT_UID = 0
SYSTEM_ACCOUNT = "postgres"
PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """A user that owns a data folder and runs the database binaries."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    @property
    def is_current_user(self) -> bool:
        """Whether this process already runs as the account."""
        return os.geteuid() == self.uid

    def run(self, *command: str | Path, script: str = "", output: IO[bytes] | None = None) -> tuple[int, str]:
        """Run a database binary as this account and return its exit code and what it said.

        Parameters
        ----------
        *command : str or Path
            The program and its arguments.
        script : str
            Text for the standard input.
        output : file, optional
            Takes the output instead of a pipe. A program that leaves a server behind needs it: the server would keep
            a pipe open and this call would never return.

        Raises
        ------
        ClusterError
            When the program cannot be started.
        """
        switch = {} if self.is_current_user else {"user": self.uid, "group": self.gid, "extra_groups": self.groups}
        try:
            done = subprocess.run(  # type: ignore[call-overload]
                [str(part) for part in command],
                # The folder this process is in may be closed to the account.
                cwd="/",
                env=_clean_environment(),
                input=script.encode(),
                stdout=output if output is not None else subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                **switch,
            )
        except OSError as error:
            raise ClusterError(f"{command[0]} cannot be run as {self.name}: {error.strerror}.") from error
        return done.returncode, (done.stdout or b"").decode(errors="replace").strip()

    def own(self, folder: Path, mode: int) -> None:
        """Give a folder that this process has just made to the account, with the permission bits of ``mode``."""
        folder.chmod(mode)
        if not self.is_current_user:
            os.chown(folder, self.uid, self.gid)

    def open_file(self, path: Path, flags: int) -> int:
        """Open a file in a folder of the account's for writing, make it private to the account, return its descriptor.

        The account could put a symbolic link there, and root would write wherever it points; so links are refused.
        """
        descriptor = os.open(path, flags | os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, PRIVATE_FILE)
        os.fchmod(descriptor, PRIVATE_FILE)
        if not self.is_current_user:
            os.fchown(descriptor, self.uid, self.gid)
        return descriptor

    def require_way_to(self, folder: Path) -> None:
        """Refuse a folder that the account cannot reach because a parent shuts it out.

        Raises
        ------
        ClusterError
            Naming the parent that is in the way.
        """
        if self.is_current_user:
            return
        for parent in reversed(folder.parents):
            if not self._may_enter(parent.stat()):
                raise ClusterError(
                    f"The database server does not run as root but as {self.name!r}, which cannot enter {parent}, a "
                    f"parent of the data folder {folder}. Choose a data folder that {self.name!r} can reach with "
                    f"DUOGUI_DATA_DIR (for root the default is /var/lib/duogui), or open the way with: chmod o+x {parent}"
                )

    def _may_enter(self, facts: os.stat_result) -> bool:
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & stat.S_IXUSR)
        if facts.st_gid in self.groups:
            return bool(facts.st_mode & stat.S_IXGRP)
        return bool(facts.st_mode & stat.S_IXOTH)


def current_user_name() -> str:
    """Return the name of the user this process runs as.

    Raises
    ------
    ClusterError
        When the user id has no name: PostgreSQL's peer authentication compares names.
    """
    return _entry_of(os.geteuid()).pw_name


def find_server_account(data_folder: Path) -> ServerAccount:
    """Return the account that runs the server of ``data_folder``, which may not exist yet.

    Raises
    ------
    ClusterError
        When the folder belongs to somebody else, or root finds no account for the server.
    """
    try:
        owner = data_folder.stat().st_uid
    except FileNotFoundError:
        owner = None
    except PermissionError as error:
        raise ClusterError(_foreign_folder(data_folder)) from error
    if os.geteuid() != ROOT_UID:
        if owner not in {None, os.geteuid()}:
            raise ClusterError(_foreign_folder(data_folder))
        return _account_of(_entry_of(os.geteuid()))
    if owner not in {None, ROOT_UID}:
        return _account_of(_entry_of(owner))
    try:
        return _account_of(pwd.getpwnam(SYSTEM_ACCOUNT))
    except KeyError as error:
        raise ClusterError(
            f"The database server does not run as root, and this machine has no account {SYSTEM_ACCOUNT!r} to run it "
            "as. Debian's package postgresql makes that account; or start duogui as a normal user."
        ) from error


def _foreign_folder(data_folder: Path) -> str:
    return (
        f"The database folder {data_folder} belongs to another user than {current_user_name()!r}. Run duogui as the "
        "user that made it, or choose another data folder with DUOGUI_DATA_DIR."
    )


def _entry_of(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise ClusterError(
            f"The user id {uid} has no name on this machine (no entry in /etc/passwd), and PostgreSQL knows its users "
            "by name. Run duogui as a named user, or set DUOGUI_DATABASE_URL to an existing database."
        ) from error


def _account_of(entry: pwd.struct_passwd) -> ServerAccount:
    groups = {entry.pw_gid, *_groups_of(entry.pw_name)}
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, tuple(sorted(groups)))


def _groups_of(name: str) -> Iterator[int]:
    return (group.gr_gid for group in grp.getgrall() if name in group.gr_mem)


def _clean_environment() -> dict[str, str]:
    """Return an environment in which only our own options reach the database binaries.

    ``PG*`` variables would redirect the clients, and ``PROJ_DATA``, ``GDAL_DATA`` or ``LD_LIBRARY_PATH`` of a Python
    environment would give PostGIS another library's files.
    """
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
