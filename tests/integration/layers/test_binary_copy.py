"""Rows that were encoded here are the rows that the server reads back."""

import numpy as np
import shapely
from sqlalchemy import Engine, text

from app.layers.binary_copy import (
    bytes_cells,
    copy_columns,
    float_cells,
    geometry_cells,
    integer_cells,
    jsonb_cells,
    long_cells,
    text_array_cells,
    text_cells,
)

POINT = shapely.Point(113, 28)


def test_every_kind_of_value_comes_back_as_it_was(fresh_engine: Engine):
    with fresh_engine.begin() as connection:
        connection.execute(
            text(
                "create temporary table sample (number bigint, small integer, share double precision, name text, names text[], "
                "facts jsonb, geom geometry(Point, 4490))"
            )
        )
        copy_columns(
            connection.connection.driver_connection,
            "sample",
            {
                "number": long_cells([1, 2**40, -3]),
                "small": integer_cells([7, None, -7]),
                "share": float_cells([0.1, None, float("nan")]),
                "name": text_cells(["长沙 “一”", None, "a\0b"]),
                "names": text_array_cells([("核心", "b,c"), (), ('"', "\\")]),
                "facts": jsonb_cells(['{"a": [1, null]}', "{}", "[]"]),
                "geom": geometry_cells(np.array([POINT, None, POINT], dtype=object), 4490),
            },
        )
        rows = connection.execute(
            text("select number, small, share, name, names, facts, ST_AsEWKT(geom) as place from sample order by ctid")
        ).all()
    assert [tuple(row) for row in rows] == [
        (1, 7, 0.1, "长沙 “一”", ["核心", "b,c"], {"a": [1, None]}, "SRID=4490;POINT(113 28)"),
        (2**40, None, None, None, [], {}, None),
        (-3, -7, None, "ab", ['"', "\\"], [], "SRID=4490;POINT(113 28)"),
    ]


def test_no_rows_are_copied_as_none(fresh_engine: Engine):
    with fresh_engine.begin() as connection:
        connection.execute(text("create temporary table sample (name text)"))
        copy_columns(connection.connection.driver_connection, "sample", {"name": text_cells([])})
        assert connection.scalar(text("select count(*) from sample")) == 0


def test_geometries_of_every_kind_are_written_as_the_library_writes_them_with_an_srid():
    square = shapely.box(0, 0, 9, 9)
    holed = shapely.Polygon(square.exterior, [shapely.box(1, 1, 2, 2).exterior])
    kinds = [POINT, shapely.LineString([(0, 0), (1, 1)]), square, holed, shapely.MultiPolygon([square]), None]
    kinds += [
        shapely.MultiPoint([(0, 0)]),
        shapely.GeometryCollection([POINT, square]),
        shapely.Polygon(),
        shapely.Point(1, 2, 3),
    ]
    array = np.array(kinds, dtype=object)
    marked = shapely.to_wkb(shapely.set_srid(array, 4490), include_srid=True, byte_order=1)
    assert geometry_cells(array, 4490).written() == bytes_cells(marked.tolist()).written()
    assert geometry_cells(array, 0).written() == bytes_cells(shapely.to_wkb(array, byte_order=1).tolist()).written()
