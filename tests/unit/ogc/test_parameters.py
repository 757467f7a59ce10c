"""Parameters are read strictly: boxes, periods, filter values and page tokens."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.collections.boxes import Box, parse_bbox
from app.collections.filters import parse_filters
from app.collections.kinds import SCHEMAS
from app.collections.ordering import Position
from app.collections.periods import Period, parse_datetime
from app.collections.schema import CollectionKind, Property, PropertyType
from app.ogc.paging import decode_token, make_token
from app.problems import InvalidParameterError

LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES)
def test_a_box_crosses_the_antimeridian_exactly_when_west_is_beyond_east(
    west: float, south: float, east: float, north: float
) -> None:
    south, north = sorted((south, north))
    boxes = parse_bbox(f"{west!r},{south!r},{east!r},{north!r}")
    assert len(boxes) == (2 if west > east else 1)
    assert boxes[0].west == west
    assert boxes[-1].east == east
    assert all(box.west <= box.east and (box.south, box.north) == (south, north) for box in boxes)


def test_heights_of_a_box_are_ignored() -> None:
    assert parse_bbox("1,2,-1e9,3,4,1e9") == (Box(1, 2, 3, 4),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "1,2,3,x",
        "1,2,3,",
        "1,2,nan,4",
        "1,2,3,inf",
        "1,2,3,1e999",
        "1,2,3,1_0",
        "1,2,3,４",
        "1,2,3,0x4",
    ],
)
def test_what_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameterError, match="4 numbers"):
        parse_bbox(text)


def test_projected_coordinates_are_refused_rather_than_taken_for_degrees() -> None:
    with pytest.raises(InvalidParameterError, match="no degrees"):
        parse_bbox("440000,3120000,450000,3130000")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-30", Period(date(2024, 6, 30), date(2024, 6, 30))),
        ("2024-06-30T12:00:00+08:00", Period(date(2024, 6, 30), date(2024, 6, 30))),
        ("2024-06-30t23:00:00z", Period(date(2024, 7, 1), date(2024, 7, 1))),
        ("2024-06-30T23:59:59.999+08:00", Period(date(2024, 6, 30), date(2024, 6, 30))),
        ("../2024-06-30", Period(date.min, date(2024, 6, 30))),
        ("/2024-06-30", Period(date.min, date(2024, 6, 30))),
        ("2024-06-30/", Period(date(2024, 6, 30), date.max)),
        ("2024-01-01/2024-06-30", Period(date(2024, 1, 1), date(2024, 6, 30))),
        ("../..", Period(date.min, date.max)),
    ],
)
def test_a_period_is_read_in_the_legal_calendar(text: str, expected: Period) -> None:
    assert parse_datetime(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2024",
        "2024-6-1",
        "20240601",
        "2024-02-30",
        "2024-06-30T12:00:00",
        "2024-W01-1",
        "..",
        "9999-12-31T23:00:00Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameterError):
        parse_datetime(text)


def queryable(type_: PropertyType) -> Property:
    return Property("x", type_, "某", "x", None)


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        (PropertyType.STRING, " 甲 ", " 甲 "),
        (PropertyType.NUMBER, "1e3", 1000.0),
        (PropertyType.INTEGER, "-12", -12),
        (PropertyType.DATE, "2024-02-29", date(2024, 2, 29)),
    ],
)
def test_filter_values_are_read_by_type(type_: PropertyType, text: str, expected: object) -> None:
    item = queryable(type_)
    assert parse_filters([("x", text), ("limit", "1")], [item]) == ((item, expected),)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (PropertyType.STRING, "a\x00b"),
        (PropertyType.NUMBER, "1,5"),
        (PropertyType.NUMBER, "inf"),
        (PropertyType.INTEGER, "1.0"),
        (PropertyType.INTEGER, ""),
        (PropertyType.INTEGER, "٣"),
        (PropertyType.INTEGER, "9" * 100_000),
        (PropertyType.DATE, "29.2.2024"),
        (PropertyType.STRINGS, "a"),
    ],
)
def test_a_filter_value_of_another_type_is_refused(type_: PropertyType, text: str) -> None:
    with pytest.raises(InvalidParameterError, match="'x'"):
        parse_filters([("x", text)], [queryable(type_)])


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.integers(0, 2**63 - 1), max_size=20),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)),  # noqa: DTZ001
    st.integers(0, 2**63 - 1),
)
def test_a_token_survives_its_way_through_a_link(
    row_id: int, scope: list[int], known_at: datetime, matched: int
) -> None:
    token = make_token(Position(row_id), tuple(scope), known_at, matched)
    assert decode_token(token.encode()) == token


@given(st.text(max_size=200))
def test_whatever_is_given_as_a_token_is_read_or_refused(text: str) -> None:
    with suppress(InvalidParameterError):
        assert decode_token(text).row_id >= 0


def test_without_a_key_no_schema_shows_what_names_people() -> None:
    parcel = SCHEMAS[CollectionKind.PARCEL]
    hidden = {item.name for item in parcel.visible(has_key=True)} - {
        item.name for item in parcel.visible(has_key=False)
    }
    assert hidden == {"holder", "attributes"}
    assert "holder" in {item.name for item in parcel.queryables(has_key=True)}
    for schema in SCHEMAS.values():
        assert not [item for item in schema.tile_properties() if item.needs_key]
