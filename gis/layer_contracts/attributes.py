"""The attributes of a delivery against its contract, batch by batch."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray
from gis.formats.vector import FeatureBatch
from gis.layer_contracts.areas import AreaSums, equals_planar_area, find_area_faults
from gis.layer_contracts.columns import Column
from gis.layer_contracts.mapping import IDENTIFIER, MappingProposal, constant_of
from gis.layer_contracts.model import ContractField, FieldCheck, LayerContract
from gis.layer_contracts.parcel_codes import CodeFault, follows_from_parcel_code
from gis.layer_contracts.translation import CodeTally
from gis.layer_contracts.uniqueness import CountyCounter, KeyRegister
from gis.layer_contracts.values import find_land_use_code_fault, find_value_fault
from gis.validation.model import Fault, describe_fault

__all__ = ["AttributeExaminer", "BatchContext", "examine_attributes", "examine_mapping"]

#: How a constant is called where a field has a name.
_CONSTANT_FIELD: Final = "(constant)"
_TOLD_BY_PARCEL_CODE: Final = frozenset({FieldCheck.UNIT_CODE, FieldCheck.FEATURE_LETTERS})


@dataclass(frozen=True, slots=True)
class BatchContext:
    """What is known of the features of a batch beside their attributes; arrays of length n.

    Attributes
    ----------
    geometries : ndarray of geometry or None
        In (lon, lat) degrees; where a fault is shown.
    area_ellipsoid_m2, area_planar_m2 : ndarray of float64
        NaN where there is none.
    skipped : ndarray of bool
        Features that repeat others and are not examined again.
    """

    geometries: GeometryArray
    area_ellipsoid_m2: FloatArray
    area_planar_m2: FloatArray
    skipped: BoolArray

    @classmethod
    def unknown(cls, count: int) -> "BatchContext":
        """Return the context of features of which nothing else is known."""
        nothing = np.full(count, np.nan)
        return cls(np.full(count, None, dtype=object), nothing, nothing, np.zeros(count, dtype=bool))


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
    """

    contract: LayerContract
    mapping: Mapping[str, str]
    today: date
    translate_to: str | None = None
    areas: AreaSums = field(default_factory=AreaSums)
    keys: KeyRegister = field(default_factory=KeyRegister)
    counties: CountyCounter = field(default_factory=CountyCounter)
    codes: CodeTally = field(default_factory=CodeTally)

    @property
    def identity_field(self) -> str | None:
        """The source field that names a feature."""
        source = self.mapping.get(IDENTIFIER) or (self.mapping.get(self.contract.key) if self.contract.key else None)
        return None if source is None or constant_of(source) is not None else source

    def examine(self, batch: FeatureBatch, context: BatchContext | None = None) -> list[Fault]:
        """Examine one batch; the faults are in the order of the rows."""
        context = context or BatchContext.unknown(len(batch))
        names = self._names(batch)
        found: list[tuple[int, str, CodeFault]] = []
        for contract_field in self.contract.fields:
            column = self._column(batch, contract_field)
            if column is not None:
                faults = self._field_faults(column, contract_field)
                if contract_field.checked_as in _TOLD_BY_PARCEL_CODE:
                    faults = self._beside_parcel_code(batch, column, faults)
                found += [(row, column.source, fault) for row, fault in faults]
        found += self._land_use_faults(batch)
        found += self._key_faults(batch, names, context.skipped)
        found += self._area_faults(batch, context)
        self._count_counties(batch, context)
        found = [entry for entry in found if not context.skipped[entry[0]]]
        found.sort(key=lambda entry: entry[0])
        return [_fault(batch, names, context, *entry) for entry in found]

    def finish(self) -> list[Fault]:
        """Return what is wrong with the delivery as a whole."""
        return [
            *self._other_counties(),
            *self._planar_areas(),
            *self.codes.subdivisions(),
            *self.codes.translations(self.translate_to),
        ]

    def _column(self, batch: FeatureBatch, contract_field: ContractField) -> Column | None:
        source = self.mapping.get(contract_field.name)
        if source is None:
            return None
        constant = constant_of(source)
        if constant is not None:
            # A constant is the same in every row: it is reported once, with the first feature.
            return Column(_CONSTANT_FIELD, [constant] if batch.first_row == 1 else [])
        return Column(source, [attributes.get(source) for attributes in batch.attributes])

    def _names(self, batch: FeatureBatch) -> list[str | None]:
        name = self.identity_field
        if name is None:
            return [None] * len(batch)
        return Column(name, [attributes.get(name) for attributes in batch.attributes]).texts()

    def _field_faults(self, column: Column, contract_field: ContractField) -> Iterator[tuple[int, CodeFault]]:
        if contract_field.required:
            yield from ((int(row), CodeFault("value_missing", "", "")) for row in np.flatnonzero(~column.filled))

        def find(value: Any) -> CodeFault | None:  # noqa: ANN401  any source value
            return find_value_fault(value, contract_field, self.contract, today=self.today)

        yield from ((row, fault) for row, _, fault in column.find(find))

    def _beside_parcel_code(
        self, batch: FeatureBatch, column: Column, faults: Iterable[tuple[int, CodeFault]]
    ) -> Iterator[tuple[int, CodeFault]]:
        """Compare a field that repeats the parcel code with it: a fault of the code is named once, a contradiction is one of its own."""
        source = self._parcel_code_source()
        if source is None or len(column.values) != len(batch):
            yield from faults
            return
        codes = Column(source, [attributes.get(source) for attributes in batch.attributes]).texts()
        texts = column.texts()
        own = dict(faults)
        for row, (text, code) in enumerate(zip(texts, codes, strict=True)):
            if text is None or code is None:
                continue
            if follows_from_parcel_code(text, code):
                own.pop(row, None)
            elif row not in own:
                own[row] = CodeFault("parcel_code_contradicted", text, code)
        yield from own.items()

    def _land_use_faults(self, batch: FeatureBatch) -> Iterator[tuple[int, str, CodeFault]]:
        code_field = self.contract.field_checked_as(FieldCheck.LAND_USE_CODE)
        source = None if code_field is None else self.mapping.get(code_field.name)
        if source is None or constant_of(source) is not None:
            return
        codes = Column(source, [attributes.get(source) for attributes in batch.attributes]).texts()
        versions = self._versions(batch)
        pairs: dict[tuple[str, str], CodeFault | None] = {}
        for row, (code, version) in enumerate(zip(codes, versions, strict=True)):
            if code is None:
                continue
            self.codes.add(source, code, version, batch.first_row + row)
            if version is None:
                continue
            pair = (code, version)
            if pair not in pairs:
                pairs[pair] = find_land_use_code_fault(code, version)
            if (fault := pairs[pair]) is not None:
                yield row, source, fault

    def _versions(self, batch: FeatureBatch) -> list[str | None]:
        source = self.mapping.get("code_version")
        if source is None:
            return [None] * len(batch)
        constant = constant_of(source)
        if constant is not None:
            return [constant] * len(batch)
        return Column(source, [attributes.get(source) for attributes in batch.attributes]).texts()

    def _key_faults(
        self, batch: FeatureBatch, names: list[str | None], skipped: BoolArray
    ) -> Iterator[tuple[int, str, CodeFault]]:
        field_name = self.identity_field
        if field_name is None:
            return
        keys = [None if skip else name for name, skip in zip(names, skipped.tolist(), strict=True)]
        rows = range(batch.first_row, batch.first_row + len(batch))
        yield from ((row, field_name, fault) for row, fault in self.keys.find_repeats(keys, rows))

    def _area_faults(self, batch: FeatureBatch, context: BatchContext) -> Iterator[tuple[int, str, CodeFault]]:
        source = self.mapping.get(self.contract.area.field)
        if source is None or constant_of(source) is not None:
            return
        declared = Column(source, [attributes.get(source) for attributes in batch.attributes]).numbers()
        declared[context.skipped] = np.nan
        measured = np.where(context.skipped, np.nan, context.area_ellipsoid_m2)
        self.areas.add(declared, measured, context.area_planar_m2)
        planar = np.flatnonzero(equals_planar_area(declared, measured, context.area_planar_m2, self.contract.area))
        if len(planar) and self.areas.first_planar_row is None:
            self.areas.first_planar_row = batch.first_row + int(planar[0])
        self.areas.planar_count += len(planar)
        yield from ((row, source, fault) for row, fault in find_area_faults(declared, measured, self.contract.area))

    def _parcel_code_source(self) -> str | None:
        code_field = self.contract.field_checked_as(FieldCheck.PARCEL_CODE)
        source = None if code_field is None else self.mapping.get(code_field.name)
        return None if source is None or constant_of(source) is not None else source

    def _count_counties(self, batch: FeatureBatch, context: BatchContext) -> None:
        source = self._parcel_code_source()
        if source is None:
            return
        codes = Column(source, [attributes.get(source) for attributes in batch.attributes]).texts()
        for position, code in enumerate(codes):
            if code is not None:
                self.counties.add(code, batch.first_row + position, context.geometries[position])

    def _planar_areas(self) -> Iterator[Fault]:
        if self.areas.planar_count:
            yield describe_fault(
                "area_is_planar",
                source_row=self.areas.first_planar_row,
                field=self.mapping[self.contract.area.field],
                found=self.areas.planar_count,
                expected=self.areas.declared_count,
            )

    def _other_counties(self) -> Iterator[Fault]:
        own, source = self.counties.own, self._parcel_code_source()
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
        geometry=_place(context.geometries[position]),
        values=dict(fault.values),
    )


def _place(geometry: shapely.Geometry | None) -> shapely.Geometry | None:
    if geometry is None or shapely.is_empty(geometry):
        return None
    place: shapely.Geometry = shapely.point_on_surface(geometry)
    return place
