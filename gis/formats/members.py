"""The files with layers in a delivery: the delivered file itself, those of a folder, or those inside of an archive."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from gis.formats.archives import check_archive, unpack
from gis.formats.errors import SourceLimitError, SourceUnreadableError
from gis.formats.identification import EXTENSIONS, SourceKind, identify
from gis.formats.limits import ReadingLimits
from gis.formats.shapefile_parts import prepare_shapefile
from gis.formats.workspace import Workspace

__all__ = ["SourceMember", "find_members"]

# Of these, a folder or archive may hold ones that are no layers: a read-me, a style, a setting.
_MAY_BE_ANOTHER: Final = frozenset({".txt", ".json", ".csv", ".tsv"})


@dataclass(frozen=True, slots=True)
class SourceMember:
    """One file with layers.

    Attributes
    ----------
    kind : SourceKind
    path : str
        Absolute, as it is opened.
    name : str
        As it is called in messages.
    folder : str
        Where it lies in the delivery, with a stroke at its end; empty at the top.
    """

    kind: SourceKind
    path: str
    name: str
    folder: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Make a member anew in another process."""
        return cls(**content | {"kind": SourceKind(content["kind"])})


def find_members(path: Path, limits: ReadingLimits, workspace: Workspace) -> tuple[SourceMember, ...]:
    """Find the files with layers in a delivered file or folder.

    Parameters
    ----------
    path : Path
    limits : ReadingLimits
    workspace : Workspace
        Where archives are unpacked to; it has to live as long as the members are read.

    Raises
    ------
    SourceUnreadableError, SourceLimitError
    """
    if not path.exists():
        raise SourceUnreadableError(f"There is no file {path}.")
    path = path.absolute()
    is_container = path.is_dir() and not _is_geodatabase(path)
    kind = None if is_container else identify(path)
    if kind not in {None, SourceKind.ZIP, SourceKind.KMZ}:
        assert kind is not None  # noqa: S101 - excluded above
        return (_member(kind, path, path.parent, limits, workspace),)
    found = list(_inside(path, kind, limits, workspace, depth=0))
    if len(found) > limits.layers:
        raise SourceLimitError(f"{path.name} holds {len(found)} files with layers; at most {limits.layers} are read.")
    if not found:
        names = sorted({part.suffix.lower() or part.name for part in _files(path)}) if is_container else []
        raise SourceUnreadableError(
            f"{path.name} holds no file of a format that is read"
            + (f", only {', '.join(names[:8])}" if names else "")
            + ". Deliver a Shapefile (.shp with .shx and .dbf), GeoPackage, file geodatabase or another format of the list."
        )
    return tuple(found)


def _is_geodatabase(path: Path) -> bool:
    return path.suffix.lower() == ".gdb" or any(path.glob("*.gdbtable"))


def _inside(
    path: Path, kind: SourceKind | None, limits: ReadingLimits, workspace: Workspace, *, depth: int
) -> Iterator[SourceMember]:
    """Find the members of a folder or an archive."""
    root = path
    if kind is not None:
        if depth >= limits.archive_depth:
            raise SourceLimitError(f"{path.name} is an archive in an archive; unpack it, and deliver what is in it.")
        root = workspace.new_folder()
        unpack(path, root, limits)
        depth += 1
    for part in _files(root):
        inner = _identify_part(part)
        match inner:
            case None:
                continue
            case SourceKind.ZIP | SourceKind.KMZ:
                yield from _inside(part, inner, limits, workspace, depth=depth)
            case _:
                yield _member(inner, part, root, limits, workspace)


def _files(root: Path) -> Iterator[Path]:
    """Return files in a fixed order, a geodatabase as if it were one."""
    for part in sorted(root.iterdir()):
        if part.is_dir() and not _is_geodatabase(part):
            yield from _files(part)
        else:
            yield part


def _identify_part(part: Path) -> SourceKind | None:
    suffix = part.suffix.lower()
    if part.is_dir():
        return SourceKind.FILE_GEODATABASE
    if suffix not in EXTENSIONS or part.name.startswith("."):
        return None
    try:
        kind = identify(part)
    except SourceUnreadableError:
        if suffix in _MAY_BE_ANOTHER:
            return None
        raise
    # Of texts by the side of other files only those in the exchange format are a delivery; the rest is to be read.
    return None if suffix == ".txt" and kind == SourceKind.CSV else kind


def _member(kind: SourceKind, path: Path, root: Path, limits: ReadingLimits, workspace: Workspace) -> SourceMember:
    place = path.relative_to(root)
    folder = "" if place.parent == Path() else f"{place.parent.as_posix()}/"
    opened = path
    if kind == SourceKind.SHAPEFILE:
        opened = prepare_shapefile(path, workspace)
    if kind == SourceKind.XLSX:
        check_archive(path, limits)
    return SourceMember(kind, str(opened), path.name, folder)
