"""The attributes of a delivery against its contract, batch by batch."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray
from gis.formats.reading import FeatureBatch
from gis.landuse.counties import CountyTable
from gis.layer_contracts.areas import AreaSums, equals_planar_area, find_area_faults
from gis.layer_contracts.columns import BatchColumns, Column, as_text
from gis.layer_contracts.mapping import IDENTIFIER, MappingProposal, constant_of
from gis.layer_contracts.model import ContractField, FieldCheck, FieldType, LayerContract
from gis.layer_contracts.parcel_codes import (
    PARCEL_LENGTH,
    CodeFault,
    are_parcel_codes,
    county_of,
    find_region_code_fault,
    follows_from_parcel_code,
)
from gis.layer_contracts.translation import CodeTally
from gis.layer_contracts.uniqueness import CountyCounter, KeyRegister
from gis.layer_contracts.values import find_land_use_code_fault, find_value_fault
from gis.validation.model import Fault, describe_fault

__all__ = ["AttributeExaminer", "BatchContext", "examine_attributes", "examine_mapping"]

#: How a constant is called where a field has a name.
_CONSTANT_FIELD: Final = "(constant)"
_ASKED_ELSEWHERE: Final = frozenset({None, FieldCheck.LAND_USE_CODE})
#: Position in the batch, source field and what is wrong.
_Found: TypeAlias = tuple[int, str, CodeFault]
_TOLD_BY_PARCEL_CODE: Final = frozenset({FieldCheck.UNIT_CODE, FieldCheck.FEATURE_LETTERS})


@dataclass(frozen=True, slots=True)
class BatchContext:
    """What is known of the features of a batch beside their attributes; arrays of length n.

    Attributes
    ----------
    places : callable
        Returns an array of geometry or None, in (lon, lat) degrees: where a fault is shown. Without a fault nobody asks.
    area_ellipsoid_m2, area_planar_m2 : ndarray of float64
        NaN where there is none.
    skipped : ndarray of bool
        Features that repeat others and are not examined again.
    """

    places: Callable[[], GeometryArray]
    area_ellipsoid_m2: FloatArray
    area_planar_m2: FloatArray
    skipped: BoolArray

    @classmethod
    def unknown(cls, count: int) -> "BatchContext":
        """Return the context of features of which nothing else is known."""
        nothing = np.full(count, np.nan)
        return cls(lambda: np.full(count, None, dtype=object), nothing, nothing, np.zeros(count, dtype=bool))


@dataclass(slots=True)
class AttributeExaminer:
    """Examines the batches of one delivery, and remembers identifiers, counties and codes.

    Parameters
    ----------
    contract : LayerContract
    mapping : mapping of str to str
        Target field to source field, or to ``=text`` for a constant.
    today : date
    translate_to : str, optional
        Code table into whose terms the land-use codes shall be translated; what a person must decide is reported.
    known_counties : CountyTable, optional
        Where counties are looked up; without it only the province of a code is.
    """

    contract: LayerContract
    mapping: Mapping[str, str]
    today: date
    translate_to: str | None = None
    known_counties: CountyTable | None = None
    areas: AreaSums = field(default_factory=AreaSums)
    keys: KeyRegister = field(default_factory=KeyRegister)
    counties: CountyCounter = field(default_factory=CountyCounter)
    regions: CountyCounter = field(default_factory=CountyCounter)
    codes: CodeTally = field(default_factory=CodeTally)

    @property
    def identity_field(self) -> str | None:
        """The source field that names a feature."""
        source = self.mapping.get(IDENTIFIER) or (self.mapping.get(self.contract.key) if self.contract.key else None)
        return None if source is None or constant_of(source) is not None else source

    def examine(self, batch: FeatureBatch, context: BatchContext | None = None) -> list[Fault]:
        """Examine one batch; the faults are in the order of the rows."""
        context = context or BatchContext.unknown(len(batch))
        columns = BatchColumns(batch, self.mapping)
        names = self._names(columns)
        found: list[_Found] = []
        for contract_field in self.contract.fields:
            found += self._field_faults(columns, contract_field)
        found += self._land_use_faults(columns)
        found += self._unknown_counties(columns)
        found += self._key_faults(columns, names, context.skipped)
        found += self._area_faults(columns, context)
        self._count_counties(columns, context)
        found = [entry for entry in found if not context.skipped[entry[0]]]
        found.sort(key=lambda entry: entry[0])
        return [_fault(batch, names, context, *entry) for entry in found]

    def finish(self) -> list[Fault]:
        """Return what is wrong with the delivery as a whole."""
        return [
            *self._other_counties(),
            *self._doubtful_counties(self.counties, FieldCheck.PARCEL_CODE),
            *self._doubtful_counties(self.regions, FieldCheck.REGION_CODE),
            *self._planar_areas(),
            *self.codes.subdivisions(),
            *self.codes.translations(self.translate_to),
        ]

    def _names(self, columns: BatchColumns) -> list[str | None]:
        column = columns.of(IDENTIFIER) or columns.of(self.contract.key)
        return [None] * len(columns.batch) if column is None else column.texts

    def _field_faults(self, columns: BatchColumns, contract_field: ContractField) -> Iterator[_Found]:
        def find(value: Any) -> CodeFault | None:  # noqa: ANN401  any source value
            return find_value_fault(value, contract_field, self.contract, today=self.today)

        constant = columns.constant(contract_field.name)
        if constant is not None and columns.batch.first_row == 1 and (fault := find(constant)) is not None:
            # A constant is the same in every row: it is reported once, with the first feature.
            yield 0, _CONSTANT_FIELD, fault
        column = columns.of(contract_field.name)
        if column is None:
            return
        if contract_field.required:
            for row in np.flatnonzero(~column.filled).tolist():
                yield row, column.source, CodeFault("value_missing", "", "")
        parcel_codes = columns.of(self._parcel_code_field)
        if contract_field.checked_as in _TOLD_BY_PARCEL_CODE and parcel_codes is not None:
            yield from _beside_parcel_codes(column, parcel_codes, find)
        elif not _cannot_be_wrong(column, contract_field):
            yield from ((row, column.source, fault) for row, fault in column.find(find))

    def _land_use_faults(self, columns: BatchColumns) -> Iterator[_Found]:
        code_field = self.contract.field_checked_as(FieldCheck.LAND_USE_CODE)
        column = None if code_field is None else columns.of(code_field.name)
        if column is None:
            return
        rows: dict[tuple[str | None, str | None], list[int]] = {}
        for row, pair in enumerate(zip(column.texts, self._versions(columns), strict=True)):
            rows.setdefault(pair, []).append(row)
        for (code, version), having in rows.items():
            if code is None:
                continue
            self.codes.add(column.source, code, version, columns.batch.first_row + having[0], len(having))
            fault = None if version is None else find_land_use_code_fault(code, version)
            if fault is not None:
                yield from ((row, column.source, fault) for row in having)

    def _unknown_counties(self, columns: BatchColumns) -> Iterator[_Found]:
        table = self.known_counties
        if table is None or not table.is_complete:
            return

        def find(value: Any) -> CodeFault | None:  # noqa: ANN401  any source value
            county = county_of(as_text(value) or "")
            if county is None or find_region_code_fault(county) is not None or table.find(county) is not None:
                return None
            return CodeFault("parcel_code_county", county, table.source)

        for check in (FieldCheck.PARCEL_CODE, FieldCheck.REGION_CODE):
            code_field = self.contract.field_checked_as(check)
            column = None if code_field is None else columns.of(code_field.name)
            if column is not None:
                yield from ((row, column.source, fault) for row, fault in column.find(find))

    def _versions(self, columns: BatchColumns) -> list[str | None]:
        column = columns.of("code_version")
        return [columns.constant("code_version")] * len(columns.batch) if column is None else column.texts

    def _key_faults(self, columns: BatchColumns, names: list[str | None], skipped: BoolArray) -> Iterator[_Found]:
        source = self.identity_field
        if source is None:
            return
        keys = [None if skip else name for name, skip in zip(names, skipped.tolist(), strict=True)]
        rows = range(columns.batch.first_row, columns.batch.first_row + len(columns.batch))
        yield from ((row, source, fault) for row, fault in self.keys.find_repeats(keys, rows))

    def _area_faults(self, columns: BatchColumns, context: BatchContext) -> Iterator[_Found]:
        column, rule = columns.of(self.contract.area.field), self.contract.area
        if column is None:
            return
        declared = np.where(context.skipped, np.nan, column.numbers)
        measured = np.where(context.skipped, np.nan, context.area_ellipsoid_m2)
        self.areas.add(declared, measured, context.area_planar_m2)
        planar = np.flatnonzero(equals_planar_area(declared, measured, context.area_planar_m2, rule))
        if len(planar) and self.areas.first_planar_row is None:
            self.areas.first_planar_row = columns.batch.first_row + int(planar[0])
        self.areas.planar_count += len(planar)
        yield from ((row, column.source, fault) for row, fault in find_area_faults(declared, measured, rule))

    @property
    def _parcel_code_field(self) -> str | None:
        code_field = self.contract.field_checked_as(FieldCheck.PARCEL_CODE)
        return None if code_field is None else code_field.name

    @property
    def _region_code_field(self) -> str | None:
        code_field = self.contract.field_checked_as(FieldCheck.REGION_CODE)
        return None if code_field is None else code_field.name

    def _count_counties(self, columns: BatchColumns, context: BatchContext) -> None:
        for counter, name in ((self.counties, self._parcel_code_field), (self.regions, self._region_code_field)):
            column = columns.of(name)
            if column is not None:
                counter.add(column.texts, columns.batch.first_row, context.places)

    def _planar_areas(self) -> Iterator[Fault]:
        if self.areas.planar_count:
            yield describe_fault(
                "area_is_planar",
                source_row=self.areas.first_planar_row,
                field=self.mapping[self.contract.area.field],
                found=self.areas.planar_count,
                expected=self.areas.declared_count,
            )

    def _doubtful_counties(self, counter: CountyCounter, check: FieldCheck) -> Iterator[Fault]:
        """Report once each county that was abolished, or that a table which is not complete does not have."""
        table, code_field = self.known_counties, self.contract.field_checked_as(check)
        for code, count in sorted(counter.counts.items()) if table is not None else ():
            county = None if table is None else table.find(code)
            # The code of a prefecture is a region, and no county.
            is_prefecture = check is FieldCheck.REGION_CODE and code.endswith("00")
            is_told = county is None and table is not None and table.is_complete
            if is_prefecture or is_told or (county is not None and county.listed_until is None):
                continue
            first = counter.rows[code][0]
            yield describe_fault(
                "parcel_code_county_unlisted" if county is None else "parcel_code_county_former",
                source_row=first.row,
                feature_id=first.code if check is FieldCheck.PARCEL_CODE else None,
                field=None if code_field is None else self.mapping.get(code_field.name),
                found=code,
                expected=None if county is None else county.listed_until,
                geometry=_place(first.place),
                values={"count": count},
            )

    def _other_counties(self) -> Iterator[Fault]:
        own = self.counties.own
        source = None if self._parcel_code_field is None else self.mapping.get(self._parcel_code_field)
        for stray in self.counties.others():
            yield describe_fault(
                "parcel_code_other_county",
                source_row=stray.row,
                feature_id=stray.code,
                field=source,
                found=stray.code[:6],
                expected=own,
                geometry=_place(stray.place),
            )


def examine_attributes(
    contract: LayerContract,
    mapping: Mapping[str, str],
    batch: FeatureBatch,
    *,
    today: date,
    context: BatchContext | None = None,
) -> list[Fault]:
    """Examine a delivery that is one batch: all of :class:`AttributeExaminer` at once.

    Parameters
    ----------
    contract : LayerContract
    mapping : mapping of str to str
    batch : FeatureBatch
    today : date
        Days after it are in the future.
    context : BatchContext, optional

    Returns
    -------
    list of Fault
    """
    examiner = AttributeExaminer(contract, mapping, today)
    return [*examiner.examine(batch, context), *examiner.finish()]


def examine_mapping(contract: LayerContract, mapping: Mapping[str, str], proposal: MappingProposal) -> list[Fault]:
    """Report the fields of a contract that nothing gives, and those that several source fields fit."""
    faults = []
    for contract_field in contract.fields:
        said = {
            "target": contract_field.name,
            "title_zh": contract_field.title_zh,
            "title_en": contract_field.title_en,
        }
        if contract_field.name in proposal.ambiguous:
            fitting = ", ".join(proposal.ambiguous[contract_field.name])
            faults.append(describe_fault("field_ambiguous", field=contract_field.name, found=fitting, values=said))
        if contract_field.required and contract_field.name not in mapping:
            expected = ", ".join(contract_field.synonyms)
            faults.append(describe_fault("field_missing", field=contract_field.name, expected=expected, values=said))
    return faults


def _cannot_be_wrong(column: Column, contract_field: ContractField) -> bool:
    """Tell at a glance that a column is right: of its numbers only a domain is asked, or of its texts only a length, and all keep to it."""
    if contract_field.type is FieldType.NUMBER:
        return column.is_within(contract_field.minimum, contract_field.maximum)
    longest = contract_field.max_length
    is_listed = contract_field.values or contract_field.pattern
    if (
        contract_field.checked_as is FieldCheck.PARCEL_CODE
        and not is_listed
        and (longest or PARCEL_LENGTH) >= PARCEL_LENGTH
    ):
        return contract_field.type is FieldType.TEXT and column.are_texts(are_parcel_codes)
    is_asked = is_listed or contract_field.checked_as not in _ASKED_ELSEWHERE
    return (
        contract_field.type is FieldType.TEXT and not is_asked and longest is not None and column.is_short_text(longest)
    )


def _beside_parcel_codes(
    column: Column, parcel_codes: Column, find: Callable[[Any], CodeFault | None]
) -> Iterator[_Found]:
    """Compare a field that repeats the parcel code with it: a fault of the code is named once, a contradiction is one of its own."""
    for row, (text, code) in enumerate(zip(column.texts, parcel_codes.texts, strict=True)):
        if text is None or (code is not None and follows_from_parcel_code(text, code)):
            continue
        fault = find(column.values[row])
        if fault is None and code is not None:
            fault = CodeFault("parcel_code_contradicted", text, code)
        if fault is not None:
            yield row, column.source, fault


def _fault(
    batch: FeatureBatch,
    names: list[str | None],
    context: BatchContext,
    position: int,
    source: str,
    fault: CodeFault,
) -> Fault:
    return describe_fault(
        fault.kind,
        source_row=batch.first_row + position,
        feature_id=names[position],
        field=source,
        found=fault.found or None,
        expected=fault.expected or None,
        geometry=_place(context.places()[position]),
        values=dict(fault.values),
    )


def _place(geometry: shapely.Geometry | None) -> shapely.Geometry | None:
    if geometry is None or shapely.is_empty(geometry):
        return None
    place: shapely.Geometry = shapely.point_on_surface(geometry)
    return place
