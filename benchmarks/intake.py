"""From a delivered file to a version of a layer: read, validate, measure, store, index; and what changed between two versions."""

import subprocess
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyproj
import shapely
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Engine, text

from app.db import schema
from app.db.engine import make_engine
from app.db.sessions import read_session
from app.layers.delivery import ImportRequest
from app.layers.differences import Change, FeatureChange, iter_changes
from app.layers.importing import import_file
from benchmarks.contestants import AREA, Contestant
from benchmarks.model import OF, Case, Goal, ratio_of
from gis.crs import AREA_PLANE, from_area_plane, to_area_plane, to_geographic

__all__ = ["CASES", "TODAY", "DatabaseContestant", "engine_url", "service_engine", "write_delivery"]

_DRAWN_IN = "EPSG:4547"
_SRID = 4490
TODAY = date(2026, 6, 30)
_MAPPING = {"parcel_code": "ZDDM", "land_use_code": "DLBM", "area_registered_m2": "ZDMJ"}
_EVERY_HUNDREDTH = 100


def write_delivery(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write parcels as a bureau delivers them: in its zone of the grid, with codes, uses and areas."""
    drawn = frame.to_crs(_DRAWN_IN)
    count = np.arange(len(drawn))
    drawn["ZDDM"] = [f"430121{100 + i // 99_999:03d}001GB{i % 99_999 + 1:05d}" for i in count]
    drawn["DLBM"] = np.array(["0701", "0801", "0601"])[count % 3]
    drawn["ZDMJ"] = frame.geometry.area.round(2)
    drawn["QLRMC"] = [f"权利人{i}" for i in count]
    drawn.to_file(path, layer="parcels", engine="pyogrio", index=True)


class DatabaseContestant(Contestant):
    """Works in a database of its own, in the cluster that the layers are loaded into."""

    uses_postgres = True

    def make_database(self) -> str:
        """Return the connection string of an empty database with PostGIS."""
        assert self.inputs.postgres is not None
        name = f"intake_{uuid4().hex[:8]}"
        with psycopg.connect(self.inputs.postgres, autocommit=True) as connection:
            connection.execute(f"create database {name}".encode())
        made = make_conninfo(self.inputs.postgres, dbname=name)
        with psycopg.connect(made, autocommit=True) as connection:
            connection.execute("create extension if not exists postgis")
        return made


def engine_url(conninfo: str) -> str:
    """Return a connection string as SQLAlchemy wants it."""
    options = conninfo_to_dict(conninfo)
    query = f"host={options['host']}&port={options['port']}"
    return f"postgresql+psycopg://{options['user']}@/{options['dbname']}?{query}"


def service_engine(conninfo: str) -> Engine:
    """Open a database with the schema of the service."""
    engine = make_engine(engine_url(conninfo))
    schema.upgrade(engine, srid=_SRID)
    return engine


class Import(DatabaseContestant):
    """What the service does: every feature validated, measured, stored and indexed, and a draft made of them."""

    name = "duogui"
    layer: ClassVar[str] = "parcel"

    def parcels(self) -> gpd.GeoDataFrame:
        """Return what is delivered."""
        return self.inputs.frame(self.layer)

    def prepare(self) -> None:
        self.path = self.inputs.folder / f"{self.layer}-{uuid4().hex[:8]}.gpkg"
        # In a process of its own: what writing the delivery needs is not the memory of importing it.
        writing = get_context("spawn").Process(target=self.deliver)
        writing.start()
        writing.join()
        if writing.exitcode != 0:
            raise RuntimeError(f"writing the delivery ended with exit code {writing.exitcode}")
        self.engine = service_engine(self.make_database())

    def deliver(self) -> None:
        """Write what is delivered."""
        write_delivery(self.parcels(), self.path)

    def run(self) -> None:
        request = ImportRequest(path=self.path, to="parcels", kind="parcel", mapping=_MAPPING)
        import_file(self.engine, request, actor="benchmark", today=TODAY)

    def answer(self, result: None) -> pd.DataFrame:
        assert result is None
        with self.engine.connect() as connection:
            rows = connection.execute(text("select attributes->>'id', area_ellipsoid_m2 from parcel")).all()
            assert connection.scalar(text("select status from layer_version")) == "draft"
        return pd.DataFrame({"id": [int(row[0]) for row in rows], AREA: [row[1] for row in rows]})


class Ogr2ogr(DatabaseContestant):
    """Loads the same file by COPY and makes an index; it validates and measures nothing."""

    name = "ogr2ogr"

    def prepare(self) -> None:
        self.path = self.inputs.folder / f"ogr-{uuid4().hex[:8]}.gpkg"
        write_delivery(self.inputs.frame("parcel"), self.path)
        self.conninfo = self.make_database()

    def run(self) -> None:
        command = ["ogr2ogr", "-f", "PostgreSQL", f"PG:{self.conninfo}", str(self.path), "-nln", "parcels"]
        options = ["-nlt", "MULTIPOLYGON", "-lco", "GEOMETRY_NAME=geom", "--config", "PG_USE_COPY", "YES"]
        subprocess.run([*command, *options], check=True, capture_output=True)

    def answer(self, result: None) -> pd.DataFrame:
        assert result is None
        with psycopg.connect(self.conninfo) as connection:
            rows = connection.execute("select id, ST_AsBinary(geom) from parcels").fetchall()
        geometries = shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))
        plane = to_area_plane(to_geographic(geometries, pyproj.CRS(_DRAWN_IN)))
        return pd.DataFrame({"id": [row[0] for row in rows], AREA: shapely.area(plane)})


class AreaOracle(Contestant):
    """The areas of the parcels as they were drawn."""

    name = "oracle"

    def prepare(self) -> None:
        self.frame = self.inputs.frame("parcel")

    def run(self) -> None:
        """There is nothing to do."""

    def answer(self, result: None) -> pd.DataFrame:
        assert result is None
        areas = self.frame.geometry.area.to_numpy()
        return pd.DataFrame({"id": self.frame.index, AREA: areas, OF: areas})


class ImportMillion(Import):
    """The same with a million parcels, for the memory that it needs."""

    name = "duogui, a million parcels"
    layer = "parcel_fourfold"

    def parcels(self) -> gpd.GeoDataFrame:
        whole, quarter = self.inputs.frame(self.layer), self.inputs.frame("parcel")
        # The quarter lies north of the whole, a degree away.
        moved = shapely.transform(
            from_area_plane(quarter.geometry.to_numpy()), lambda points: points + np.array([0.0, 1.0])
        )
        geometries = np.concatenate([whole.geometry.to_numpy(), to_area_plane(moved)])
        index = pd.RangeIndex(len(geometries), name="id")
        return gpd.GeoDataFrame(geometry=geometries, index=index, crs=AREA_PLANE)

    def answer(self, result: None) -> pd.DataFrame:
        stored = super().answer(result)
        assert len(stored) == len(self.inputs.frame(self.layer)) + len(self.inputs.frame("parcel"))
        return stored


class _TwoVersions(DatabaseContestant):
    """Has two versions of which one feature in a hundred moved, says something else, came or went."""

    def prepare(self) -> None:
        frame = self.inputs.frame("parcel")
        self.conninfo = self.make_database()
        self.engine = service_engine(self.conninfo)
        for number, delivered in enumerate((frame, _changed(frame))):
            path = self.inputs.folder / f"version-{number}-{uuid4().hex[:8]}.gpkg"
            write_delivery(delivered, path)
            request = ImportRequest(path=path, to="parcels", kind="parcel", mapping={"feature_id": "id", **_MAPPING})
            import_file(self.engine, request, actor="benchmark", today=TODAY)


def _changed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    changed = frame.iloc[1:]
    some = np.arange(len(changed)) % _EVERY_HUNDREDTH == 0
    geometries = changed.geometry.to_numpy().copy()
    geometries[some] = shapely.buffer(geometries[some], -0.5)
    usable = ~shapely.is_empty(geometries)
    return gpd.GeoDataFrame(geometry=geometries[usable], index=changed.index[usable], crs=frame.crs)


class Differences(_TwoVersions):
    """Lists every feature that differs, with what differs."""

    name = "duogui"

    def run(self) -> list[FeatureChange]:
        with read_session(self.engine) as session:
            return list(iter_changes(session, "parcels", 1, 2))

    def answer(self, result: list[FeatureChange]) -> pd.DataFrame:
        moved = [change for change in result if change.change is Change.GEOMETRY_CHANGED]
        assert moved
        return pd.DataFrame(
            {"id": [change.feature_id for change in moved], AREA: [change.area_after_m2 for change in moved]}
        )


class BareRead(_TwoVersions):
    """Reads the features of both versions, and compares nothing."""

    name = "a bare read of both"

    def run(self) -> int:
        statement = "select feature_id, ST_AsBinary(geom), attributes from parcel where layer_version_id = %s"
        count = 0
        with psycopg.connect(self.conninfo) as connection, connection.cursor(binary=True) as cursor:
            for version in (1, 2):
                count += len(cursor.execute(statement, (version,)).fetchall())
        return count

    def answer(self, result: int) -> pd.DataFrame:
        assert result > 0
        return pd.DataFrame({"id": [], AREA: []})


_MEMORY = Goal(
    "Import of a million parcels: peak memory",
    (ImportMillion.name,),
    lambda medians, _: medians[ImportMillion.name].peak_bytes / 1e9,
    1,
    at_most=True,
    unit="GB",
)

CASES = (
    Case(
        key="intake",
        title="From a GeoPackage to a version of a layer",
        note="Ours validates every feature and attribute, measures two areas, and stores features, report and faults in a durable cluster. ogr2ogr "
        "copies and makes an index.",
        layers=("parcel",),
        contestants=(Import, Ogr2ogr),
        oracle=AreaOracle,
        relative_tolerance=1e-6,
        absolute_tolerance_m2=1e-3,
        goals=(ratio_of("Import of parcels: against ogr2ogr", Import.name, Ogr2ogr.name, 3),),
    ),
    Case(
        key="intake_memory",
        title="Import of a million parcels",
        note="At scale 1 there are 1,000,000 parcels.",
        layers=("parcel", "parcel_fourfold"),
        contestants=(ImportMillion,),
        goals=(_MEMORY,),
    ),
    Case(
        key="intake_diff",
        title="What changed between two versions of a layer",
        note="One parcel in a hundred shrank by half a metre. A bare read fetches id, geometry and attributes of both versions.",
        layers=("parcel",),
        contestants=(Differences, BareRead),
        goals=(
            ratio_of("Difference of two versions: against a bare read of both", Differences.name, BareRead.name, 3),
        ),
    ),
)
