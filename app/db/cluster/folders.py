"""Where a private cluster keeps its files, and the lock that lets one process at a time start or stop it."""

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.db.cluster.account import ROOT_UID, ServerAccount
from app.db.cluster.errors import ClusterError

PRIVATE = 0o700
PASSABLE = 0o755
# Where initdb works; the folder becomes the data folder only when complete.
UNFINISHED = "unfinished-"


@dataclass(frozen=True, slots=True)
class ClusterFolders:
    """The folders of the cluster under one data folder of the service."""

    base: Path

    @classmethod
    def under(cls, data_dir: Path) -> "ClusterFolders":
        """Return the folders for the service's data folder; two spellings of one path give the same."""
        return cls(data_dir.expanduser().resolve() / "postgres")

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self.base / "data"

    @property
    def socket(self) -> Path:
        """The runtime folder of the socket.

        It is short whatever the data folder is called, because the kernel ends socket paths at 107 bytes. Not
        ``XDG_RUNTIME_DIR``: that one disappears when the user logs out, while the server goes on.
        """
        digest = hashlib.sha256(os.fsencode(self.base)).hexdigest()[:16]
        if os.geteuid() == ROOT_UID and os.access("/run", os.W_OK):
            return Path("/run", f"duogui-{digest}")
        return Path("/tmp", f"duogui-{os.geteuid()}-{digest}")  # noqa: S108 - its owner and mode are checked below

    def make_base(self) -> None:
        """Make the folder that holds everything; as root one that the server's account can pass through."""
        mode = PASSABLE if os.geteuid() == ROOT_UID else PRIVATE
        missing = [folder for folder in (self.base, *self.base.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            # The mode given to mkdir would be narrowed by the umask.
            folder.chmod(mode)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Wait until no other process starts or stops this cluster; the kernel frees the lock of a killed one."""
        with (self.base / "lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def make_socket_folder(folder: Path, account: ServerAccount) -> None:
    """Make the runtime folder, or accept one that only the server's account can enter.

    Raises
    ------
    ClusterError
        When somebody else made a folder of that name.
    """
    try:
        folder.mkdir(mode=PRIVATE)
    except FileExistsError:
        facts = folder.lstat()
        owners = {account.uid, os.geteuid()}
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in owners or facts.st_mode & 0o077:
            raise ClusterError(
                f"{folder}, the folder for the database socket, exists already and is not private to "
                f"{account.name!r}. Somebody else may have made it; look at it and remove it."
            ) from None
    account.own(folder, PRIVATE)
