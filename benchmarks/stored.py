"""From tables in PostGIS to stored findings with geometry: read, compute, write, commit."""

from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.layers.binary_copy import copy_columns, float_cells, geometry_cells, long_cells
from benchmarks.model import Case, faster_than
from benchmarks.overlaps import PairwiseOracle, overlap_answer
from benchmarks.postgis import PostgisContestant
from gis.crs import AREA_PLANE
from gis.overlay import measure_overlaps

__all__ = ["CASE"]

_FINDING = """
create table finding (
    target_id bigint not null, constraint_id bigint not null, overlap_area_m2 double precision not null, target_share double precision not null,
    geom geometry(MultiPolygon, 0) not null
)
"""
_INSERT = "insert into finding (target_id, constraint_id, overlap_area_m2, target_share, geom) "

_NAIVE = """
select p.id, r.id, ST_Area(i.geom), ST_Area(i.geom) / ST_Area(p.geom), i.geom
  from parcel p join red_line r on ST_Intersects(p.geom, r.geom),
       lateral (select ST_Multi(ST_CollectionExtract(ST_Intersection(p.geom, r.geom), 3)) as geom) i
 where not ST_IsEmpty(i.geom)
"""
# Every overlap from the pieces, put together again where a parcel meets several.
_FROM_PIECES = """
select target_id, constraint_id, sum(area), sum(area) / min(whole),
       ST_Multi(case when count(*) = 1 then (array_agg(geom))[1] else ST_Union(geom) end)
  from (select p.id as target_id, c.id as constraint_id, ST_Area(p.geom) as whole, i.geom, ST_Area(i.geom) as area
          from parcel p join red_line_piece c on ST_Intersects(p.geom, c.geom),
               lateral (select ST_CollectionExtract(ST_Intersection(p.geom, c.geom), 3) as geom) i) parts
 where area > 0
 group by target_id, constraint_id
"""
# A parcel wholly inside a piece is its own overlap: no intersection for most of them.
_INSIDE_PIECES_FIRST = _FROM_PIECES.replace(
    "ST_CollectionExtract(ST_Intersection(p.geom, c.geom), 3)",
    "case when ST_CoveredBy(p.geom, c.geom) then p.geom else ST_CollectionExtract(ST_Intersection(p.geom, c.geom), 3) end",
)
# A parcel wholly inside an uncut red line is; only the others meet the pieces.
_INSIDE_RED_LINES_FIRST = """
with met as materialized (
    select p.id as target_id, r.id as constraint_id, ST_ContainsProperly(r.geom, p.geom) as inside
      from red_line r join parcel p on p.geom && r.geom
)
select p.id, constraint_id, ST_Area(p.geom), 1.0, ST_Multi(p.geom) from met join parcel p on p.id = target_id where inside
union all
select target_id, constraint_id, sum(area), sum(area) / min(whole),
       ST_Multi(case when count(*) = 1 then (array_agg(geom))[1] else ST_Union(geom) end)
  from (select target_id, constraint_id, ST_Area(p.geom) as whole, i.geom, ST_Area(i.geom) as area
          from met join parcel p on p.id = target_id
               join red_line_piece c on c.id = constraint_id and ST_Intersects(p.geom, c.geom),
               lateral (select ST_CollectionExtract(ST_Intersection(p.geom, c.geom), 3) as geom) i
         where not inside) parts
 where area > 0
 group by target_id, constraint_id
"""


class _Stored(PostgisContestant):
    def prepare(self) -> None:
        super().prepare()
        self.connection.execute("drop table if exists finding")
        self.connection.execute(_FINDING.encode())
        self.connection.commit()

    def answer(self, result: None) -> pd.DataFrame:
        assert result is None
        assert self.rows("select count(*) from finding where not ST_IsValid(geom)") == [(0,)]
        # The stored geometry and the stored area are the same thing said twice.
        apart = "select max(abs(ST_Area(geom) - overlap_area_m2)) < 1e-4 from finding"
        assert self.rows(apart) == [(True,)]
        return overlap_answer(
            *zip(*self.rows("select target_id, constraint_id, overlap_area_m2 from finding"), strict=True)
        )


class Ours(_Stored):
    """Reads parcels, red lines and pieces, measures and classifies, and copies the findings back."""

    name = "duogui"

    def prepare(self) -> None:
        super().prepare()
        assert self.inputs.postgres is not None
        measure_overlaps(self.inputs.frame("parcel").iloc[:100], self.inputs.frame("red_line"), with_geometry=True)

    def run(self) -> None:
        parcels = self._read("select id, ST_AsBinary(geom) from parcel")
        red_lines = self._read("select id, ST_AsBinary(geom) from red_line")
        pieces = (
            self._read("select id, ST_AsBinary(geom) from red_line_piece").rename_axis("constraint_id").reset_index()
        )
        found = measure_overlaps(parcels, red_lines, pieces=pieces, with_geometry=True)
        assert isinstance(found, gpd.GeoDataFrame)
        assert found["error"].isna().all()
        self._write(found)
        self.connection.commit()

    def _read(self, statement: str) -> gpd.GeoDataFrame:
        with self.connection.cursor(binary=True) as cursor:
            ids, wkb = zip(*cursor.execute(statement.encode()).fetchall(), strict=True)
        geometries = shapely.from_wkb(np.array(wkb, dtype=object))
        return gpd.GeoDataFrame(geometry=geometries, index=list(ids), crs=AREA_PLANE)

    def _write(self, found: gpd.GeoDataFrame) -> None:
        columns = {
            "target_id": long_cells(found["target_id"].tolist()),
            "constraint_id": long_cells(found["constraint_group"].tolist()),
            "overlap_area_m2": float_cells(found["overlap_area_m2"].to_numpy()),
            "target_share": float_cells(found["target_share"].to_numpy()),
            "geom": geometry_cells(found.geometry.to_numpy(), 0),
        }
        copy_columns(self.connection, "finding", columns)


class _InsertSelect(_Stored):
    select: ClassVar[str]

    def run(self) -> None:
        self.connection.execute((_INSERT + self.select).encode())
        self.connection.commit()


class Naive(_InsertSelect):
    name = "PostGIS INSERT, naive join"
    select = _NAIVE


class FromPieces(_InsertSelect):
    name = "PostGIS INSERT, pieces"
    select = _FROM_PIECES


class InsidePiecesFirst(_InsertSelect):
    name = "PostGIS INSERT, pieces, inside a piece first"
    select = _INSIDE_PIECES_FIRST


class InsideRedLinesFirst(_InsertSelect):
    name = "PostGIS INSERT, inside a red line first, then pieces"
    select = _INSIDE_RED_LINES_FIRST


class InsidePiecesFirstInParallel(_Stored):
    """A table made by a query may use several processes, an INSERT may not; it is not the service's table."""

    name = "PostGIS CREATE TABLE, pieces, inside a piece first"

    def run(self) -> None:
        self.connection.execute("drop table finding")
        columns = "(target_id, constraint_id, overlap_area_m2, target_share, geom)"
        self.connection.execute(f"create table finding {columns} as {_INSIDE_PIECES_FIRST}".encode())
        self.connection.commit()


_BEST: tuple[type[Any], ...] = (FromPieces, InsidePiecesFirst, InsideRedLinesFirst, InsidePiecesFirstInParallel)

CASE = Case(
    key="stored",
    title="From PostGIS to stored findings with geometry",
    note="All read the same tables in plane coordinates and the same stored pieces of the red lines, and commit the same table to a durable cluster.",
    layers=("parcel", "red_line"),
    contestants=(Ours, Naive, *_BEST),
    oracle=PairwiseOracle,
    goals=(
        faster_than(
            "PostGIS to stored findings: against the best hand-written PostGIS",
            Ours.name,
            tuple(c.name for c in _BEST),
            1,
        ),
        faster_than("PostGIS to stored findings: against the naive PostGIS", Ours.name, (Naive.name,), 40),
    ),
)
