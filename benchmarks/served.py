"""A layer of parcels in the tables of the service, served by the service and by tipg, asked over HTTP."""

import http.client
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyproj
import shapely
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from app.db.sessions import write_session
from app.layers.delivery import ImportRequest
from app.layers.generalising import prepare_tiles
from app.layers.importing import import_file
from app.layers.publishing import publish_draft
from benchmarks.contestants import AREA, Contestant
from benchmarks.intake import TODAY, service_engine, write_delivery
from benchmarks.model import OF
from benchmarks.serving_process import PEER_SCHEMA
from gis.crs import to_area_plane, to_geographic

__all__ = ["AreaOfIds", "ServedContestant", "database_made_once", "parcels_in_degrees"]

LAYER: Final = "parcels"
_READY: Final = "served"
_START_TIMEOUT_S: Final = 60
_MAPPING: Final = {"feature_id": "id", "parcel_code": "ZDDM", "land_use_code": "DLBM", "area_registered_m2": "ZDMJ"}
#: What tipg serves: the same rows of the same table, with the properties that the service shows without a key.
_VIEW: Final = """
create schema {schema};
create view {schema}.parcels as
select row_id as id, feature_id, parcel_code, name, land_use_code, code_version, area_registered_m2, area_ellipsoid_m2, area_planar_m2, geom
from parcel where layer_version_id = {version} and superseded_at is null
"""


def database_made_once(postgres: str, name: str, fill: Callable[[str], None]) -> str:
    """Return the connection string of a database that the first contestant of a run makes.

    Parameters
    ----------
    postgres : str
        Connection string of the cluster.
    fill : callable
        Fills an empty database, given its connection string.
    """
    ready = make_conninfo(postgres, dbname=name)
    with psycopg.connect(postgres, autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
            return ready
        unready = f"making_{uuid4().hex[:8]}"
        connection.execute(f"create database {unready}".encode())
        making = make_conninfo(postgres, dbname=unready)
        with psycopg.connect(making, autocommit=True) as made:
            made.execute("create extension if not exists postgis")
        fill(making)
        connection.execute(f"alter database {unready} rename to {name}".encode())
    return ready


def _publish(frame: gpd.GeoDataFrame, folder: Path, conninfo: str) -> None:
    path = folder / f"served-{uuid4().hex[:8]}.gpkg"
    write_delivery(frame, path)
    engine = service_engine(conninfo)
    request = ImportRequest(path=path, to=LAYER, kind="parcel", mapping=_MAPPING)
    import_file(engine, request, actor="benchmark", today=TODAY)
    with write_session(engine, actor="benchmark") as session:
        version_id = publish_draft(session, LAYER).id
    prepare_tiles(engine, version_id, actor="benchmark")
    with engine.begin() as connection:
        connection.execute(text(_VIEW.format(schema=PEER_SCHEMA, version=version_id)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()


class ServedContestant(Contestant):
    """Asks a server that was started for it, over one connection that is kept."""

    uses_postgres = True
    server: ClassVar[str] = "duogui"
    settings: ClassVar[dict[str, str]] = {}

    def database(self) -> str:
        """Return the connection string of the database that is served."""
        assert self.inputs.postgres is not None
        fill = partial(_publish, self.inputs.frame("parcel"), self.inputs.folder)
        return database_made_once(self.inputs.postgres, _READY, fill)

    def prepare(self) -> None:
        """Start the server on the layer, and ask it once so that it has opened what it needs."""
        conninfo = self.database()
        said = self.inputs.folder / f"port-{uuid4().hex[:8]}"
        command = [sys.executable, "-m", "benchmarks.serving_process", self.server, conninfo]
        environment = {
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "DUOGUI_ENVIRONMENT": "development",
            **self.settings,
        }
        self.process = subprocess.Popen(
            [*command, str(self.inputs.folder), str(said)],
            stdin=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
            env=environment,
        )
        self.port = self._wait(said)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        self.get(f"{self.items}?limit=1")

    def _wait(self, said: Path) -> int:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not (said.exists() and said.read_text(encoding="ascii").endswith("\n")):
            assert self.process.poll() is None, "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.05)
        return int(said.read_text(encoding="ascii"))

    @property
    def url(self) -> str:
        """Return where the server listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def collection(self) -> str:
        """Return the path of the layer."""
        return f"/collections/{LAYER if self.server == 'duogui' else f'{PEER_SCHEMA}.{LAYER}'}"

    @property
    def items(self) -> str:
        """Return the path of its features."""
        return f"{self.collection}/items"

    def tile(self, zoom: int, column: int, row: int) -> str:
        """Return the path of a tile; the standard has the row before the column, tipg after it."""
        place = f"{zoom}/{row}/{column}" if self.server == "duogui" else f"{zoom}/{column}/{row}"
        return f"{self.collection}/tiles/WebMercatorQuad/{place}"

    def ask(self, path: str, headers: dict[str, str] | None = None) -> tuple[http.client.HTTPResponse, bytes]:
        """Return an answer, whatever it is."""
        self.connection.request("GET", path, headers=headers or {})
        response = self.connection.getresponse()
        return response, response.read()

    def get(self, path: str) -> bytes:
        """Return the body of a good answer."""
        response, body = self.ask(path)
        assert response.status == http.client.OK, f"{path}: {response.status} {body[:300]!r}"
        return body

    def server_process(self) -> int:
        """Return the server's process; the database's are not counted."""
        return self.process.pid


def parcels_in_degrees(contestant: Contestant) -> gpd.GeoDataFrame:
    """Return the parcels as they were delivered: through their zone of the grid, in longitude and latitude."""
    frame = contestant.inputs.frame("parcel")
    drawn = frame.to_crs("EPSG:4547")
    degrees = to_geographic(drawn.geometry.to_numpy(), pyproj.CRS("EPSG:4547"))
    return gpd.GeoDataFrame(geometry=degrees, index=frame.index, crs=4490)


def areas_of(features: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the areas of features of GeoJSON by the id that they were delivered with."""
    geometries = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features], dtype=object)
    ids = [int(feature["properties"].get("feature_id", feature["id"])) for feature in features]
    return pd.DataFrame({"id": ids, AREA: shapely.area(to_area_plane(geometries))})


class AreaOfIds(Contestant):
    """The oracle of the cases that give features: each has the area that it was made with."""

    name = "oracle"

    def prepare(self) -> None:
        self.frame = self.inputs.frame("parcel")

    def run(self) -> None:
        """There is nothing to do."""

    def chosen(self) -> "pd.Index[int]":
        """Return the ids that are asked for."""
        return self.frame.index

    def answer(self, result: None) -> pd.DataFrame:
        assert result is None
        chosen = self.frame.loc[self.chosen()]
        areas = chosen.geometry.area.to_numpy()
        return pd.DataFrame({"id": chosen.index, AREA: areas, OF: areas})
