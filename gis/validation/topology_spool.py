"""The usable features of a delivery on disk, to be compared with each other in any order: of a million, some 60 MB are in memory."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.validation.plane_shapes import PlaneShapes

__all__ = ["SpooledFeatures", "TopologySpool"]

_RECORD: Final = np.dtype(
    [
        ("row", "<i8"),
        ("bounds", "<f8", (4,)),
        ("vertices", "<i4"),
        ("level", "<i4"),
        ("at", "<i8"),
        ("size", "<i8"),
        ("name_at", "<i8"),
        ("name_size", "<i4"),
        ("surely_valid", "?"),
    ]
)
_NO_NAME: Final = -1
#: What lies nearer together in the file is read in one go with what is between, a portion at most: each read hands over the interpreter's lock, and takes
#: long to get it back from a thread that computes.
_NEAR_BYTES: Final = 1 << 14
_PORTION_BYTES: Final = 1 << 23
_CURVE_CELLS: Final = (1 << 16) - 1
_SPREAD: Final = ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555))


class TopologySpool:
    """Takes features, batch by batch.

    Parameters
    ----------
    folder : Path
        Empty, and nobody else's.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np, shapely
    >>> from gis.validation.plane_shapes import PlaneShapes
    >>> from gis.validation.topology_spool import SpooledFeatures, TopologySpool
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     spool = TopologySpool(pathlib.Path(folder))
    ...     spool.add(PlaneShapes.of(np.array([shapely.box(0, 0, 1, 1)])), [7], ["宗地"], np.array([0]))
    ...     features = SpooledFeatures(pathlib.Path(folder))
    ...     features.read(np.array([0])).tolist(), features.name(0), features.rows.tolist()
    ([<POLYGON ((1 0, 1 1, 0 1, 0 0, 1 0))>], '宗地', [7])
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at = self._name_at = 0

    def add(
        self, shapes: PlaneShapes, rows: Sequence[int] | IntArray, names: Sequence[str | None], levels: IntArray
    ) -> None:
        """Keep polygons in the area plane, none of them missing, with their row, name and level."""
        blobs: list[bytes] = shapes.wkb.tolist()
        texts = [None if name is None else name.encode("utf-8", "surrogatepass") for name in names]
        records = np.zeros(len(shapes), dtype=_RECORD)
        records["row"], records["level"] = rows, levels
        records["bounds"], records["vertices"] = shapes.bounds, shapes.vertices
        records["surely_valid"] = shapes.surely_valid
        records["size"] = [len(blob) for blob in blobs]
        # Neighbours stand near each other in the file, so that a tile is read in a few runs.
        order = np.argsort(_along_curve(shapes.bounds))
        sizes = records["size"][order]
        records["at"][order] = self._at + np.cumsum(sizes) - sizes
        records["name_size"] = [_NO_NAME if text is None else len(text) for text in texts]
        kept = np.maximum(records["name_size"].astype(np.int64), 0)
        records["name_at"] = self._name_at + np.cumsum(kept) - kept
        self._at += int(records["size"].sum())
        self._name_at += int(kept.sum())
        self._append("geometries", [blobs[position] for position in order.tolist()])
        self._append("names", [text for text in texts if text is not None])
        self._append("records", [records.tobytes()])

    def _append(self, name: str, pieces: Sequence[bytes]) -> None:
        with (self._folder / name).open("ab") as file:
            file.write(b"".join(pieces))


def _along_curve(bounds: FloatArray) -> IntArray:
    """Return where the middle of each box lies on a Z-order curve through all of them."""
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    low, extent = middle.min(axis=0), np.ptp(middle, axis=0).max()
    cells = ((middle - low) / (extent or 1.0) * _CURVE_CELLS).astype(np.int64)
    # The bits of each number are spread, and those of the other put between.
    for shift, kept in _SPREAD:
        cells = (cells | cells << shift) & kept
    along: IntArray = cells[:, 0] | cells[:, 1] << 1
    return along


class SpooledFeatures:
    """What a spool took: a store for :func:`gis.topology_tiles.find_topology_faults_by_tiles`.

    Parameters
    ----------
    folder : Path
        Of a spool that took something.

    Attributes
    ----------
    bounds : ndarray of float64, shape (n, 4)
        Boxes in the area plane.
    vertices, levels, rows : ndarray of int64, shape (n,)
    surely_valid : ndarray of bool, shape (n,)
    """

    def __init__(self, folder: Path) -> None:
        records = np.fromfile(folder / "records", dtype=_RECORD)
        self.bounds: FloatArray = np.ascontiguousarray(records["bounds"])
        self.vertices, self.levels, self.rows, self._at, self._size, self._name_at, self._name_size = (
            records[name].astype(np.int64)
            for name in ("vertices", "level", "row", "at", "size", "name_at", "name_size")
        )
        self.surely_valid: BoolArray = records["surely_valid"].copy()
        self._folder = folder

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, positions: IntArray) -> GeometryArray:
        """Return some of the polygons."""
        return self._parsed(self._at[positions], self._size[positions])

    def name(self, position: int) -> str | None:
        """Return what the source calls a feature."""
        size = int(self._name_size[position])
        if size == _NO_NAME:
            return None
        with (self._folder / "names").open("rb") as file:
            file.seek(int(self._name_at[position]))
            return file.read(size).decode("utf-8", "surrogatepass")

    def _parsed(self, at: IntArray, size: IntArray) -> GeometryArray:
        blobs = np.empty(len(at), dtype=object)
        if len(at) == 0:
            return blobs
        order = np.argsort(at, kind="stable")
        starts, ends = at[order], (at + size)[order]
        is_far = (starts[1:] - ends[:-1] > _NEAR_BYTES) | (np.diff(starts // _PORTION_BYTES) != 0)
        first = np.flatnonzero(np.concatenate([[True], is_far])).tolist()
        found: list[bytes] = []
        # The file is not mapped: its pages would count as memory of this process.
        with (self._folder / "geometries").open("rb", buffering=0) as file:
            for begin, stop in pairwise([*first, len(at)]):
                base = int(starts[begin])
                file.seek(base)
                run = file.read(int(ends[stop - 1]) - base)
                within = zip((starts[begin:stop] - base).tolist(), (ends[begin:stop] - base).tolist(), strict=True)
                found += [run[low:high] for low, high in within]
        blobs[order] = found
        return np.asarray(shapely.from_wkb(blobs), dtype=object).reshape(-1)
