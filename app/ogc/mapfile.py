"""The catalogue as MapServer reads it: one layer per collection, each with the SQL that gives its rows and what may be seen of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import URL, func, literal_column, select
from sqlalchemy.dialects import postgresql

from app.collections.boxes import Box
from app.collections.rows import Rows
from app.collections.schema import Property

__all__ = ["MIXED_PARTS", "WfsService", "make_mapfile"]

# EPSG codes that every layer is offered in; the first is the one that it is stored in.
_SYSTEMS: Final = "EPSG:4490 EPSG:4326 EPSG:3857"
_SHAPES: Final = (("Polygon", "POLYGON"), ("Line", "LINE"), ("Point", "POINT"))


@dataclass(frozen=True, slots=True)
class _Part:
    """The features of a collection that are of one kind: what is added to its name, MapServer's word, and the dimension."""

    suffix: str
    shape: str
    dimension: int | None = None


MIXED_PARTS: Final = (_Part("", "POLYGON", 2), _Part("_lines", "LINE", 1), _Part("_points", "POINT", 0))


@dataclass(frozen=True, slots=True)
class WfsService:
    """What is the same for all layers.

    ``address`` is where clients reach the service, ``max_features`` the most features in an answer (further ones are on
    further pages), ``timeout_s`` how long a statement may take.
    """

    database: URL
    address: str
    srid: int
    max_features: int
    timeout_s: int


def make_mapfile(service: WfsService, layers: Sequence[tuple[Rows, Box | None]]) -> str:
    """Return a mapfile of MapServer 8 that serves rows by WFS, each with the box they lie in, without what needs a key."""
    connection = _connection(service.database, service.timeout_s)
    return _MAP.format(
        address=_quoted(service.address),
        systems=_SYSTEMS,
        srid=service.srid,
        max_features=service.max_features,
        layers="".join(
            text for rows, box in layers if rows.scope_ids for text in _layers(rows, box, connection, service.srid)
        ),
    )


_MAP: Final = """MAP
  NAME "duogui"
  UNITS DD
  EXTENT -180 -90 180 90
  PROJECTION "init=epsg:{srid}" END
  OUTPUTFORMAT
    NAME "geojson"
    DRIVER "OGR/GEOJSON"
    MIMETYPE "application/json; subtype=geojson"
    FORMATOPTION "STORAGE=stream"
    FORMATOPTION "FORM=SIMPLE"
  END
  WEB
    METADATA
      "ows_title" "Duogui 多规"
      "ows_onlineresource" {address}
      "ows_enable_request" "!*"
      "wfs_enable_request" "*"
      "ows_encoding" "UTF-8"
      "ows_srs" "{systems}"
      "wfs_maxfeatures" "{max_features}"
      "wfs_getcapabilities_version" "2.0.0"
    END
  END
{layers}END
"""

_LAYER: Final = """  LAYER
    NAME {name}
    TYPE {shape}
    STATUS ON
    CONNECTIONTYPE POSTGIS
    CONNECTION {connection}
    DATA {data}
    PROJECTION "init=epsg:{srid}" END
    PROCESSING "CLOSE_CONNECTION=DEFER"
    METADATA
      "ows_title" {title}
      "ows_srs" "{systems}"
      "ows_extent" "{extent}"
      "wfs_geometry_precision" "9"
      "gml_include_items" {items}
      "gml_featureid" "row_id"
      "gml_types" "auto"
      "wfs_getfeature_formatlist" "gml,geojson"
    END
  END
"""


def _layers(rows: Rows, box: Box | None, connection: str, srid: int) -> Iterator[str]:
    """Yield a layer, or of a collection of several kinds of geometry one for each: to MapServer a layer has one."""
    geometry_type = rows.collection.schema.geometry_type
    parts = [_Part("", shape) for word, shape in _SHAPES if word in geometry_type] or MIXED_PARTS
    for part in parts:
        yield _layer(rows, part, box, connection, srid)


def _layer(rows: Rows, part: _Part, box: Box | None, connection: str, srid: int) -> str:
    collection = rows.collection
    model: Any = collection.schema.model
    properties = collection.schema.visible(has_key=False)
    names = list(_element_names(properties))
    values = [collection.expression(item).label(name) for item, name in zip(properties, names, strict=True)]
    # The model's own column would come wrapped for Python.
    geometry: Any = literal_column(f"{model.__tablename__}.geom").label("geom")
    query = select(model.row_id, model.feature_id, *values, geometry).where(rows.condition(srid))
    if part.dimension is not None:
        query = query.where(func.ST_Dimension(model.geom) == part.dimension)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # published without types
    text = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")
    return _LAYER.format(
        name=_quoted(collection.id + part.suffix),
        shape=part.shape,
        connection=_quoted(connection),
        data=_quoted(f"geom from ({text}) as found using unique row_id using srid={srid}"),
        title=_quoted(collection.title),
        extent="-180 -90 180 90" if box is None else f"{box.west} {box.south} {box.east} {box.north}",
        items=_quoted(",".join(["feature_id", *names])),
        srid=srid,
        systems=_SYSTEMS,
    )


def _element_names(properties: Sequence[Property]) -> Iterator[str]:
    """Name properties so that each is a name in XML and none is there twice."""
    taken = {"row_id", "feature_id", "geom"}
    for item in properties:
        name = re.sub(r"\W", "_", item.name)
        name = f"_{name}" if name[:1].isdigit() or not name else name
        while name in taken:
            name += "_"
        taken.add(name)
        yield name


def _connection(database: URL, timeout_s: int) -> str:
    """Return the connection string of libpq, without the password; what is read this way cannot be written."""
    host = database.query.get("host", database.host)
    port = database.query.get("port", database.port)
    facts = {
        "host": host,
        "port": port,
        "user": database.username,
        "dbname": database.database,
        "options": f"-c default_transaction_read_only=on -c statement_timeout={timeout_s * 1000}",
    }
    pairs = ((name, str(value)) for name, value in facts.items() if value is not None)
    return " ".join(name + "='" + value.replace("\\", r"\\").replace("'", r"\'") + "'" for name, value in pairs)


def _quoted(text: str) -> str:
    """Write a text as a string of a mapfile."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
