"""A PostGIS of the benchmark's own, and contestants that work in it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from sqlalchemy import make_url

from app.db.cluster import PrivateCluster
from benchmarks.contestants import Contestant
from gis.constraint_set import MAX_PIECE_VERTICES
from gis.subdivide import subdivide

__all__ = ["PostgisContestant", "load_layers", "running_server"]

_TABLE = "create table {name} (id bigint primary key, geom geometry(Geometry, 0) not null)"
_PIECES = (
    "create table {name}_piece (piece_id bigint primary key, id bigint not null, geom geometry(Geometry, 0) not null)"
)


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Start a durable cluster, set up as the service sets up its own, and yield its connection string; stop it afterwards."""
    cluster = PrivateCluster(folder)
    url = make_url(cluster.ensure_running())
    try:
        yield psycopg.conninfo.make_conninfo(
            "", user=url.username, dbname=url.database, host=str(url.query["host"]), port=str(url.query["port"])
        )
    finally:
        cluster.stop()


def load_layers(postgres: str, layers: Iterable[tuple[str, gpd.GeoDataFrame]]) -> None:
    """Store layers in plane coordinates with SRID 0; the red lines also as pieces, as an import of the service does."""
    with psycopg.connect(postgres) as connection:
        connection.execute("set client_min_messages = warning")
        for name, frame in layers:
            geometries = frame.geometry.to_numpy()
            connection.execute(f"drop table if exists {name}, {name}_piece")
            connection.execute(_TABLE.format(name=name))
            _copy(connection, f"copy {name} (id, geom) from stdin", frame.index.to_numpy(), geometries)
            if name == "red_line":
                pieces, source = subdivide(geometries, MAX_PIECE_VERTICES)
                connection.execute(_PIECES.format(name=name))
                rows = np.arange(len(pieces))
                _copy(
                    connection,
                    f"copy {name}_piece (piece_id, id, geom) from stdin",
                    rows,
                    frame.index.to_numpy()[source],
                    pieces,
                )
                connection.execute(f"create index on {name}_piece using gist (geom)")
            connection.execute(f"create index on {name} using gist (geom)")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _copy(connection: psycopg.Connection[Any], statement: str, *columns: Any) -> None:  # noqa: ANN401 - arrays
    *keys, geometries = columns
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for row in zip(*(key.tolist() for key in keys), shapely.to_wkb(geometries, hex=True).tolist(), strict=True):
            copy.write_row(row)


class PostgisContestant(Contestant):
    """Works in the database, over one connection."""

    uses_postgres = True
    connection: psycopg.Connection[Any]

    def prepare(self) -> None:
        """Connect; the tables are there, indexed, vacuumed and analysed."""
        assert self.inputs.postgres is not None
        self.connection = psycopg.connect(self.inputs.postgres)
        # The planner's choice, with both cores if it wants them.
        self.connection.execute("set client_min_messages = warning")
        self.connection.commit()

    def server_process(self) -> int | None:
        """Return the process that serves the connection."""
        return self.connection.info.backend_pid

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        return self.connection.execute(statement.encode()).fetchall()
