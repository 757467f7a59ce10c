"""Parcels and red lines: which parcel lies in which red line, with how much of it."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from benchmarks.contestants import AREA, Contestant, answer_of, peer
from benchmarks.model import OF, Case, faster_than
from benchmarks.postgis import PostgisContestant
from gis.overlay import measure_overlaps

__all__ = ["CASE", "PairwiseOracle", "overlap_answer"]

_SUBDIVIDE_VERTICES = 64
_WARM_UP_PARCELS = 200
_PAIRS_SQL = """
select p.id, r.id, ST_Area(ST_Intersection(p.geom, r.geom)) from parcel p join red_line r on ST_Intersects(p.geom, r.geom)
"""


def overlap_answer(target: Any, constraint: Any, areas: Any) -> pd.DataFrame:  # noqa: ANN401 - array-likes
    """Return an answer of this case: pairs with a common area."""
    answer = answer_of(
        {"target": np.asarray(target, dtype=np.int64), "constraint": np.asarray(constraint, dtype=np.int64)}, areas
    )
    return answer[answer[AREA] > 0]


class _InMemory(Contestant):
    parcels: gpd.GeoDataFrame
    red_lines: gpd.GeoDataFrame

    def prepare(self) -> None:
        self.parcels, self.red_lines = self.inputs.frame("parcel"), self.inputs.frame("red_line")
        self._warm_up()

    def _warm_up(self) -> None:
        """Work on a few parcels, so that what Python and GEOS set up once is not counted."""
        parcels = self.parcels
        self.parcels = parcels.iloc[:_WARM_UP_PARCELS]
        self.run()
        self.parcels = parcels


class PairwiseOracle(_InMemory):
    """Intersects every pair that meets, with the uncut red lines, one by one."""

    name = "oracle"

    def run(self) -> pd.DataFrame:
        parcels, red_lines = self.parcels.geometry.to_numpy(), self.red_lines.geometry.to_numpy()
        constraint, target = shapely.STRtree(parcels).query(red_lines, predicate="intersects")
        areas = shapely.area(shapely.intersection(parcels[target], red_lines[constraint]))
        answer = overlap_answer(target, constraint, areas)
        return answer.assign(**{OF: shapely.area(parcels[answer["target"]])})

    def answer(self, result: pd.DataFrame) -> pd.DataFrame:
        return result


class Ours(_InMemory):
    """Cuts the red lines, measures and classifies every overlap."""

    name = "duogui"
    threads: int | None = None

    def run(self) -> pd.DataFrame:
        return measure_overlaps(self.parcels, self.red_lines, threads=self.threads)

    def answer(self, result: pd.DataFrame) -> pd.DataFrame:
        assert result["error"].isna().all()
        return overlap_answer(result["target_id"], result["constraint_group"], result["overlap_area_m2"])


class OursInOneThread(Ours):
    name = "duogui, 1 thread"
    threads = 1


class Geopandas(_InMemory):
    name = "geopandas.overlay"

    def run(self) -> gpd.GeoDataFrame:
        parcels, red_lines = (frame.reset_index() for frame in (self.parcels, self.red_lines))
        return gpd.overlay(parcels, red_lines, how="intersection")

    def answer(self, result: gpd.GeoDataFrame) -> pd.DataFrame:
        return overlap_answer(result["id_1"], result["id_2"], result.area)


class PostgisNaive(PostgisContestant):
    name = "PostGIS, naive join"

    def run(self) -> list[tuple[Any, ...]]:
        return self.rows(_PAIRS_SQL)

    def answer(self, result: list[tuple[Any, ...]]) -> pd.DataFrame:
        return overlap_answer(*zip(*result, strict=True))


class PostgisSubdivided(PostgisNaive):
    """Cuts the red lines first, which is counted."""

    name = f"PostGIS, ST_Subdivide({_SUBDIVIDE_VERTICES}) first"

    def run(self) -> list[tuple[Any, ...]]:
        self.connection.execute(
            f"create temporary table cut as select id, ST_Subdivide(geom, {_SUBDIVIDE_VERTICES}) as geom from red_line"
        )
        self.connection.execute("create index on cut using gist (geom)")
        self.connection.execute("analyze cut")
        return self.rows(
            "select p.id, c.id, sum(ST_Area(ST_Intersection(p.geom, c.geom)))"
            " from parcel p join cut c on ST_Intersects(p.geom, c.geom) group by 1, 2"
        )


class Duckdb(Contestant):
    name = "DuckDB spatial"
    modules = ("duckdb", "duckdb_extensions", "duckdb_extension_spatial")

    def prepare(self) -> None:
        peer("duckdb_extensions").import_extension("spatial")
        self.connection = peer("duckdb").connect()
        self.connection.load_extension("spatial")
        for layer in ("parcel", "red_line"):
            self.connection.register("wkb", self.inputs.plain(layer).to_wkb())
            self.connection.execute(f"create table {layer} as select id, ST_GeomFromWKB(geometry) as geom from wkb")
            self.connection.unregister("wkb")

    def run(self) -> dict[str, Any]:
        columns: dict[str, Any] = self.connection.execute(_PAIRS_SQL).fetchnumpy()
        return columns

    def answer(self, result: dict[str, Any]) -> pd.DataFrame:
        return overlap_answer(*result.values())


class Sedonadb(Contestant):
    name = "sedonadb"
    modules = ("sedonadb",)

    def prepare(self) -> None:
        self.session = peer("sedonadb").connect()
        for layer in ("parcel", "red_line"):
            frame = self.inputs.plain(layer).rename_geometry("geom")
            self.session.create_data_frame(frame).to_memtable().to_view(layer, overwrite=True)

    def run(self) -> pa.Table:
        query = "select p.id as target, r.id as red_line, ST_Area(ST_Intersection(p.geom, r.geom)) as area"
        joined = " from parcel p join red_line r on ST_Intersects(p.geom, r.geom)"
        return pa.table(self.session.sql(query + joined))

    def answer(self, result: pa.Table) -> pd.DataFrame:
        return overlap_answer(result["target"], result["red_line"], result["area"])


CASE = Case(
    key="overlay",
    title="Parcels and red lines: pairs and overlap areas",
    note="Cutting the red lines is counted for whoever cuts. Duogui also classifies every overlap (real, sliver or artefact); the others do not.",
    layers=("parcel", "red_line"),
    contestants=(Ours, OursInOneThread, Geopandas, PostgisNaive, PostgisSubdivided, Duckdb, Sedonadb),
    oracle=PairwiseOracle,
    goals=(
        faster_than("parcels and red lines: against geopandas.overlay", Ours.name, (Geopandas.name,), 50),
        faster_than(
            "parcels and red lines: against the best of DuckDB and sedonadb",
            Ours.name,
            (Duckdb.name, Sedonadb.name),
            30,
        ),
    ),
)
