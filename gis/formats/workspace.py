"""Temporary folders of a source: gone when it is closed, and at the latest when nothing uses it any more."""

import fcntl
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

__all__ = ["Workspace"]

PREFIX: Final = "duogui-source-"
_LOCK: Final = ".in-use"
# A folder is made and then locked; one that is younger may be between the two.
_SWEPT_AFTER_S: Final = 60


class Workspace:
    """A temporary folder. Use it as a context manager, or close it.

    The system's folder for temporary files is used (``TMPDIR`` moves it). What a killed process left behind is removed
    when the next folder is made.

    Examples
    --------
    >>> from gis.formats.workspace import Workspace
    >>> with Workspace() as workspace:
    ...     inner = workspace.new_folder()
    >>> inner.exists()
    False
    """

    def __init__(self) -> None:
        parent = Path(tempfile.gettempdir())
        _sweep(parent)
        self._root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = (self._root / _LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._count = 0
        self._remove = weakref.finalize(self, _remove, self._root, lock)

    def new_folder(self) -> Path:
        """Make an empty folder."""
        self._count += 1
        folder = self._root / str(self._count)
        folder.mkdir()
        return folder

    def close(self) -> None:
        """Remove everything; closing twice does nothing."""
        self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _remove(root: Path, lock: IO[str]) -> None:
    shutil.rmtree(root, ignore_errors=True)
    lock.close()


def _sweep(parent: Path) -> None:
    """Remove folders whose process is gone: the system gave its lock back."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / _LOCK).open() as lock:
            if time.time() - folder.stat().st_mtime < _SWEPT_AFTER_S:
                continue
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
