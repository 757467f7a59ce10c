"""What takes part in a comparison, and what it is given."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq
import shapely

from gis.arrays import GeometryArray
from gis.crs import AREA_PLANE

__all__ = ["AREA", "Contestant", "Inputs", "answer_of", "geometries_of", "peer"]

#: The one column of an answer that is no key.
AREA = "area_m2"
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """What every contestant of a case is given.

    Attributes
    ----------
    folder : Path
        One GeoParquet file for each layer, in the area plane.
    postgres : str or None
        Connection string of a database that holds the same layers; None where no contestant of the case wants one.
    """

    folder: Path
    postgres: str | None = None

    def frame(self, layer: str) -> gpd.GeoDataFrame:
        """Return a layer; the index is the id."""
        batches = pq.ParquetFile(self._path(layer)).iter_batches(batch_size=_ROWS_AT_ONCE, use_threads=False)
        ids, geometries = [], []
        # Bit by bit, so that the memory of a run is not that of reading its inputs.
        for batch in batches:
            ids.append(batch.column("id").to_numpy())
            geometries.append(shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False)))
        index = pd.Index(np.concatenate(ids), name="id")
        return gpd.GeoDataFrame(geometry=np.concatenate(geometries), index=index, crs=AREA_PLANE)

    def store(self, layer: str, frame: gpd.GeoDataFrame) -> None:
        """Write a layer."""
        frame.rename_axis("id").to_parquet(self._path(layer), index=True, row_group_size=_ROWS_AT_ONCE)

    def _path(self, layer: str) -> Path:
        return self.folder / f"{layer}.parquet"

    def plain(self, layer: str) -> gpd.GeoDataFrame:
        """Return a layer with its id in a column and without a reference system, for peers that know only plane coordinates."""
        frame = self.frame(layer)
        return gpd.GeoDataFrame({"id": frame.index}, geometry=frame.geometry.to_numpy())


class Contestant(ABC):
    """One way to compute the answer of a case.

    Each runs in a process of its own: ``prepare`` is not timed, ``run`` is, and ``answer`` brings the result into the form in which the answers of a
    case are compared.
    """

    name: ClassVar[str]
    #: Modules that must be installed.
    modules: ClassVar[tuple[str, ...]] = ()
    uses_postgres: ClassVar[bool] = False
    #: For a peer that answers a slightly different question; None: what the case says.
    relative_tolerance: ClassVar[float | None] = None
    #: Answers only a part of the question, which its name says; that part is compared.
    answers_part: ClassVar[bool] = False

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs

    @abstractmethod
    def prepare(self) -> None:
        """Load the inputs into the form that the contestant starts from."""

    @abstractmethod
    def run(self) -> Any:  # noqa: ANN401 - whatever the contestant makes
        """Do the work."""

    @abstractmethod
    def answer(self, result: Any) -> pd.DataFrame:  # noqa: ANN401
        """Return key columns and ``area_m2``."""

    def facts(self) -> dict[str, float]:
        """Return further numbers about the run, for goals that need them."""
        return {}

    def server_process(self) -> int | None:
        """Return the process that works for the contestant outside of its own, if there is one."""
        return None


def answer_of(keys: dict[str, Any], areas: Any) -> pd.DataFrame:  # noqa: ANN401 - array-like
    """Put an answer together; keys that occur more than once are summed up."""
    frame = pd.DataFrame({**keys, AREA: areas})
    return frame.groupby(list(keys))[AREA].sum().reset_index()


def geometries_of(frame: gpd.GeoDataFrame, ids: npt.ArrayLike) -> GeometryArray:
    """Return the geometries of some features, in the order of their ids."""
    geometries: GeometryArray = frame.geometry.to_numpy()[frame.index.get_indexer(pd.Index(np.asarray(ids)))]
    return geometries


def peer(module: str) -> ModuleType:
    """Import a module that only the benchmarks need, where it is used."""
    return import_module(module)
