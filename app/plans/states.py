"""The cells of a comparison as they are kept: written once, and read where something changed."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
import shapely
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import PlanCellSegment, PlanComparison, PlanComparisonState
from app.db.sessions import WriteSession
from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.flatten import FlatLayer
from gis.landuse.local_codes import LocalCodes
from gis.partition import Partition, PartitionLayer
from gis.plans.comparison import PlanCodes
from gis.plans.patch_update import PatchMembers
from gis.slivers import OverlapClass

SEGMENT_BYTES = 8 * 2**20
# More cells than this are read segment by segment.
_ONE_BY_ONE = 20_000
# What lies nearer in a segment is read as one: to find a place costs PostgreSQL more than to read on for a page.
_APART_BYTES = 4096
_PARTS = """
select substring(cells from wanted.start + 1 for wanted.length)
  from unnest(%s::int[], %s::int[], %s::int[]) with ordinality as wanted (number, start, length, place)
  join plan_cell_segment segment on segment.plan_comparison_id = %s and segment.number = wanted.number
 order by wanted.place
"""
# A state has a class by its place here, whatever the order of the class itself: new ones go to the end.
_CLASSES = np.array([OverlapClass.REAL.value, OverlapClass.SLIVER.value, OverlapClass.ARTEFACT.value], dtype=object)
# The corner that boxes are written from stays where it is when a cell at the edge changes.
_CORNER_M = 10_000.0
_STATE = "select facts, arrays from plan_comparison_state where plan_comparison_id = %s"
_SEGMENT = "select cells from plan_cell_segment where plan_comparison_id = %s and number = %s"


@dataclass(frozen=True, slots=True)
class CellPlaces:
    """Where the polygon of each cell is: its segment, where it starts there, and its length in bytes."""

    segments: IntArray
    starts: IntArray
    lengths: IntArray

    def __getitem__(self, chosen: IntArray) -> "CellPlaces":
        return CellPlaces(self.segments[chosen], self.starts[chosen], self.lengths[chosen])

    @classmethod
    def joined(cls, places: Sequence["CellPlaces"]) -> "CellPlaces":
        """Return one after the other."""
        none = np.empty(0, dtype=np.int64)
        return cls(
            np.concatenate([none, *(each.segments for each in places)]),
            np.concatenate([none, *(each.starts for each in places)]),
            np.concatenate([none, *(each.lengths for each in places)]),
        )

    def followed_by(self, others: "CellPlaces") -> "CellPlaces":
        """Return these and then others."""
        return CellPlaces.joined([self, others])


@dataclass(frozen=True, slots=True)
class PatchTable:
    """The patches that hold, in the order of their numbers.

    Attributes
    ----------
    numbers : ndarray of int64, shape (p,)
        The numbers in their feature ids.
    areas_m2 : ndarray of float64, shape (p,)
    overlap_classes : ndarray of str, shape (p,)
    members : PatchMembers
        Their cells.
    """

    numbers: IntArray
    areas_m2: FloatArray
    overlap_classes: np.ndarray[Any, Any]
    members: PatchMembers


@dataclass(frozen=True, slots=True)
class ZoneCodes:
    """What the zones of one plan said when they were compared, in the order of its polygons in the partition; those that were removed said nothing.

    Attributes
    ----------
    codes, code_versions : ndarray of str or None, shape (n,)
    """

    codes: npt.NDArray[np.object_]
    code_versions: npt.NDArray[np.object_]

    @classmethod
    def of(cls, said: PlanCodes) -> "ZoneCodes":
        """Return what is kept of the codes of a plan."""
        return cls(np.array(said.codes, dtype=object), np.array(said.code_versions, dtype=object))

    def with_tables(self, local: LocalCodes) -> PlanCodes:
        """Return the codes of a plan, with the code tables beside the standards."""
        return PlanCodes(self.codes.tolist(), self.code_versions.tolist(), local)


@dataclass(frozen=True, slots=True)
class ComparisonState:
    """A partition without its polygons, the places of these, the patches, and what each plan said.

    Attributes
    ----------
    said : tuple of ZoneCodes
        Of the plans of the comparison, in its order.
    facts : mapping
        JSON values: the coverages, the longest sagitta, the number of the next patch.
    """

    partition: Partition
    boxes: FloatArray
    places: CellPlaces
    patches: PatchTable
    said: tuple[ZoneCodes, ...]
    facts: Mapping[str, Any]


def store_state(session: WriteSession, comparison_id: int, state: ComparisonState) -> None:
    """Store or replace the state of a comparison; its segments are stored by themselves."""
    write_state(session, comparison_id, state.facts, pack_state(state))


def write_state(session: WriteSession, comparison_id: int, facts: Mapping[str, Any], packed: bytes) -> None:
    """Store or replace the state of a comparison that was packed (:func:`pack_state`)."""
    values = {"facts": dict(facts), "arrays": packed}
    statement = insert(PlanComparisonState).values(plan_comparison_id=comparison_id, **values)
    # The archive is sent once, whether there is a state before it or not.
    sent = {name: statement.excluded[name] for name in values}
    session.execute(statement.on_conflict_do_update(index_elements=["plan_comparison_id"], set_=sent))


def store_cells(session: WriteSession, comparison_id: int, cells: GeometryArray, *, first_segment: int) -> CellPlaces:
    """Store the polygons of cells in segments, from one number on; return where they are."""
    connection = _connection(session)
    places: list[CellPlaces] = []
    for number, (texts, lengths) in enumerate(_segments(cells), start=first_segment):
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        connection.execute(
            "insert into plan_cell_segment (plan_comparison_id, number, cells) values (%b, %b, %b)",
            (comparison_id, number, b"".join(texts)),
        )
        places.append(CellPlaces(np.full(len(lengths), number), starts, lengths))
    return CellPlaces.joined(places)


def forget_states(session: WriteSession, plan_set: str, but: int) -> None:
    """Delete the cells of all comparisons of some plans but one: nobody will go on with the others."""
    former = select(PlanComparison.id).where(PlanComparison.plan_set == plan_set, PlanComparison.id != but)
    for model in (PlanComparisonState, PlanCellSegment):
        session.execute(delete(model).where(model.plan_comparison_id.in_(former)))


def load_state(session: Session, comparison_id: int) -> ComparisonState | None:
    """Return the state of a comparison, None where it has none that this version reads."""
    packed = read_packed(session, comparison_id)
    return None if packed is None else unpack_state(*packed)


def read_packed(session: Session, comparison_id: int) -> tuple[dict[str, Any], bytes] | None:
    """Read the state of a comparison as it is stored: its facts and the archive (:func:`unpack_state`)."""
    # As text, megabytes of an archive would be written and read as hexadecimal digits.
    with _connection(session).cursor(binary=True) as cursor:
        return cursor.execute(_STATE.encode(), (comparison_id,)).fetchone()


def read_cells(session: Session, comparison_id: int, places: CellPlaces) -> GeometryArray:
    """Read the polygons of some cells."""
    count = len(places.segments)
    connection = _connection(session)
    wkb = np.empty(count, dtype=object)
    if count <= _ONE_BY_ONE:
        runs, run = _runs(places)
        wanted = [part.tolist() for part in (runs.segments, runs.starts, runs.lengths)]
        with connection.cursor(binary=True) as cursor:
            read = [row[0] for row in cursor.execute(_PARTS.encode(), (*wanted, comparison_id))]
        first = places.starts - runs.starts[run]
        ranges = zip(run.tolist(), first.tolist(), (first + places.lengths).tolist(), strict=True)
        wkb[:] = [read[number][start:end] for number, start, end in ranges]
    else:
        for number in np.unique(places.segments).tolist():
            with connection.cursor(binary=True) as cursor:
                row = cursor.execute(_SEGMENT.encode(), (comparison_id, number)).fetchone()
            assert row is not None  # noqa: S101 - the state and its segments are written in one transaction
            here = np.flatnonzero(places.segments == number)
            bounds = zip(places.starts[here].tolist(), places.lengths[here].tolist(), strict=True)
            wkb[here] = [row[0][start : start + length] for start, length in bounds]
    cells: GeometryArray = shapely.from_wkb(wkb)
    return cells


def _runs(places: CellPlaces) -> tuple[CellPlaces, IntArray]:
    """Return the places that hold some cells, those near each other as one, and the number of the place that each cell is in."""
    order = np.lexsort((places.starts, places.segments))
    near = places[order]
    ends = near.starts + near.lengths
    apart = (np.diff(near.segments) != 0) | (near.starts[1:] - ends[:-1] > _APART_BYTES)
    first = np.flatnonzero(np.append([True], apart)[: len(order)])
    last = np.append(first[1:] - 1, len(order) - 1)[: len(first)]
    run = np.empty(len(order), dtype=np.int64)
    run[order] = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(order))))
    starts = near.starts[first]
    return CellPlaces(near.segments[first], starts, ends[last] - starts), run


def _segments(cells: GeometryArray) -> Iterator[tuple[list[bytes], IntArray]]:
    """Yield the WKB of cells, in runs of about the size of a segment."""
    sizes = shapely.get_num_coordinates(cells) * 16 + 64
    run = np.cumsum(sizes) // SEGMENT_BYTES
    bounds = np.flatnonzero(np.diff(run)) + 1
    for part in np.split(cells, bounds) if len(cells) else []:
        texts: list[bytes] = shapely.to_wkb(part).tolist()
        yield texts, np.array([len(text) for text in texts], dtype=np.int64)


def pack_state(state: ComparisonState) -> bytes:
    """Write all arrays into one archive, each as small as its values allow: it is read and written whole for a change of one zone."""
    partition, table = state.partition, state.patches
    corner, boxes = _small_boxes(state.boxes)
    arrays: dict[str, Any] = {
        "vectors": _smallest(partition.vectors),
        "areas": partition.areas_m2,
        "corner": corner,
        "boxes": boxes,
        "segments": _smallest(state.places.segments),
        "starts": _smallest(state.places.starts),
        "lengths": _smallest(state.places.lengths),
        "numbers": _smallest(table.numbers),
        "patch_areas": table.areas_m2,
        "overlap_classes": _numbered(table.overlap_classes),
        "member_patches": _smallest(table.members.patches),
        "member_cells": _smallest(table.members.cells),
        "names": _text([layer.name for layer in partition.layers]),
    }
    for number, layer in enumerate(partition.layers):
        arrays[f"ids_{number}"] = _text([str(one) for one in layer.ids])
        arrays[f"areas_{number}"] = layer.areas_m2
        arrays[f"members_{number}"] = _smallest(layer.flat.memberships)
        arrays[f"pieces_{number}"] = np.array(len(layer.flat.pieces))
    for number, said in enumerate(state.said):
        for name, texts in (("codes", said.codes), ("code_versions", said.code_versions)):
            place, distinct = pd.factorize(texts)
            arrays[f"{name}_{number}"] = _text(distinct.tolist())
            arrays[f"{name}_of_{number}"] = _smallest(place)
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def unpack_state(facts: Mapping[str, Any], packed: bytes) -> ComparisonState | None:
    """Read what :func:`pack_state` wrote; None where an older version did, which kept no codes."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as read:
        arrays = {name: read[name] for name in read.files}
    if "codes_0" not in arrays:
        return None
    wide = {name: each.astype(np.int64) if each.dtype.kind == "i" else each for name, each in arrays.items()}
    layers = tuple(_layer(name, wide, number) for number, name in enumerate(_texts(wide["names"])))
    cells = np.full(len(wide["areas"]), None, dtype=object)
    members = PatchMembers(wide["member_patches"], wide["member_cells"])
    return ComparisonState(
        Partition(layers, cells, wide["vectors"], wide["areas"]),
        wide["boxes"] + np.tile(wide["corner"], 2),
        CellPlaces(wide["segments"], wide["starts"], wide["lengths"]),
        PatchTable(wide["numbers"], wide["patch_areas"], _CLASSES[wide["overlap_classes"]], members),
        tuple(_zone_codes(wide, number) for number in range(sum(name.startswith("codes_of_") for name in wide))),
        facts,
    )


def _smallest(numbers: IntArray) -> np.ndarray[Any, Any]:
    """Write whole numbers with as few bytes as hold them."""
    if not numbers.size:
        return numbers.astype(np.int8)
    least = np.promote_types(*(np.min_scalar_type(-abs(int(each)) - 1) for each in (numbers.min(), numbers.max())))
    return numbers.astype(least)


def _small_boxes(boxes: FloatArray) -> tuple[FloatArray, np.ndarray[Any, Any]]:
    """Write boxes from a corner on with half of the digits, not smaller than they are: what they do not meet is not looked at."""
    if not len(boxes):
        return np.zeros(2), boxes.astype(np.float32)
    corner: FloatArray = np.floor(boxes[:, :2].min(axis=0) / _CORNER_M) * _CORNER_M
    exact = boxes - np.tile(corner, 2)
    small = exact.astype(np.float32)
    outwards = np.array([-np.inf, -np.inf, np.inf, np.inf], dtype=np.float32)
    inside = np.where(outwards < 0, small > exact, small < exact)
    return corner, np.where(inside, np.nextafter(small, outwards), small)


def _numbered(overlap_classes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Write the class of each patch as a byte."""
    numbers = np.full(len(overlap_classes), -1, dtype=np.int8)
    for number, kind in enumerate(_CLASSES):
        numbers[overlap_classes == kind] = number
    if (numbers < 0).any():
        message = f"Not a class of an overlap: {overlap_classes[numbers < 0][0]!r}."
        raise ValueError(message)
    return numbers


def _zone_codes(arrays: Mapping[str, np.ndarray[Any, Any]], number: int) -> ZoneCodes:
    # The last one stands for "none": a zone without a code has -1 there.
    codes, versions = (
        np.array([*_texts(arrays[f"{name}_{number}"]), None], dtype=object)[arrays[f"{name}_of_{number}"]]
        for name in ("codes", "code_versions")
    )
    return ZoneCodes(codes, versions)


def _layer(name: str, arrays: Mapping[str, np.ndarray[Any, Any]], number: int) -> PartitionLayer:
    ids = np.array(_texts(arrays[f"ids_{number}"]), dtype=object)
    pieces = np.full(int(arrays[f"pieces_{number}"]), None, dtype=object)
    flat = FlatLayer(pieces, arrays[f"members_{number}"])
    return PartitionLayer(name, ids, np.full(len(ids), None, dtype=object), arrays[f"areas_{number}"], flat)


def _text(values: Sequence[str]) -> np.ndarray[Any, Any]:
    return np.frombuffer(json.dumps(list(values), ensure_ascii=False).encode(), dtype=np.uint8)


def _texts(written: np.ndarray[Any, Any]) -> list[str]:
    values: list[str] = json.loads(written.tobytes())
    return values


def _connection(session: Session) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)
