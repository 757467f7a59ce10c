"""The usable features of a delivery on disk, to be compared with each other in any order: of a million, some 60 MB are in memory."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray, IntArray

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
    ]
)
_NO_NAME: Final = -1
#: What lies nearer together in the file is read in one go with what is between, a portion at most: each read hands over the interpreter's lock, and takes
#: long to get it back from a thread that computes.
_NEAR_BYTES: Final = 1 << 14
_PORTION_BYTES: Final = 1 << 23


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
    >>> from gis.validation.topology_spool import SpooledFeatures, TopologySpool
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     spool = TopologySpool(pathlib.Path(folder))
    ...     spool.add(np.array([shapely.box(0, 0, 1, 1)], dtype=object), [7], ["宗地"], np.array([0]))
    ...     features = SpooledFeatures(pathlib.Path(folder))
    ...     features.read(np.array([0])).tolist(), features.name(0), features.rows.tolist()
    ([<POLYGON ((1 0, 1 1, 0 1, 0 0, 1 0))>], '宗地', [7])
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at = self._name_at = 0

    def add(
        self, geometries: GeometryArray, rows: Sequence[int] | IntArray, names: Sequence[str | None], levels: IntArray
    ) -> None:
        """Keep polygons in the area plane with their row, name and level."""
        blobs: list[bytes] = shapely.to_wkb(geometries, output_dimension=2).tolist()
        texts = [None if name is None else name.encode("utf-8", "surrogatepass") for name in names]
        records = np.zeros(len(geometries), dtype=_RECORD)
        records["row"], records["level"] = rows, levels
        records["bounds"], records["vertices"] = shapely.bounds(geometries), shapely.get_num_coordinates(geometries)
        records["size"] = [len(blob) for blob in blobs]
        # Neighbours stand near each other in the file, so that a tile is read in a few runs.
        order = np.argsort(gpd.GeoSeries(geometries).hilbert_distance().to_numpy(), kind="stable")
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
    """

    def __init__(self, folder: Path) -> None:
        records = np.fromfile(folder / "records", dtype=_RECORD)
        self.bounds: FloatArray = np.ascontiguousarray(records["bounds"])
        self.vertices, self.levels, self.rows, self._at, self._size, self._name_at, self._name_size = (
            records[name].astype(np.int64)
            for name in ("vertices", "level", "row", "at", "size", "name_at", "name_size")
        )
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
