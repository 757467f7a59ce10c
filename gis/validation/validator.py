"""Validating one delivery in a single pass over its features."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyproj
import shapely

from gis.crs_firewall.proposal import CRSProposal
from gis.formats.reading import FeatureBatch
from gis.landuse.counties import CountyTable
from gis.layer_contracts.attributes import AttributeExaminer, BatchContext
from gis.layer_contracts.columns import as_texts
from gis.layer_contracts.model import FieldCheck, LayerContract
from gis.layer_contracts.parcel_codes import CodeFault
from gis.layer_contracts.uniqueness import KeyRegister
from gis.layer_contracts.values import tables_with_all
from gis.validation.geometry_faults import find_geometry_faults
from gis.validation.layer_topology import LayerTopology
from gis.validation.model import Fault, Outcome, describe_fault
from gis.validation.report import CheckRecord, CheckStatus, DeliveryReport
from gis.validation.settling import DUPLICATE, SettledBatch, Settler, repeated_names

__all__ = ["DeliveryValidator"]


class _RepeatedKeys(KeyRegister):
    """Remembers the first rows of those identifiers only that are known to occur more than once."""

    def __init__(self, repeated: frozenset[str]) -> None:
        super().__init__()
        self._repeated = repeated

    def find_repeats(self, keys: Sequence[str | None], rows: Sequence[int]) -> list[tuple[int, CodeFault]]:
        """See :class:`KeyRegister`."""
        return super().find_repeats([key if key in self._repeated else None for key in keys], rows)


@dataclass(slots=True)
class DeliveryValidator:
    """Settles and examines the batches of one delivery, and fills its report.

    Parameters
    ----------
    contract : LayerContract
    mapping : mapping of str to str
        Target field to source field, or to ``=text`` for a constant.
    crs : CRS
        What the features are read in, after an accepted proposal.
    proposal : CRSProposal, optional
        The one that was accepted.
    report : DeliveryReport
        May have findings of the delivery already.
    today : date
    topology : bool
        Whether features are compared with each other.
    translate_to : str, optional
        Code table into whose terms land-use codes are translated.
    counties : CountyTable, optional
        The counties that codes may name.
    scope : geometry, optional
        Where the features have to lie, in (lon, lat) degrees.

    Examples
    --------
    >>> from datetime import date
    >>> import numpy as np, pyproj, shapely
    >>> from gis.formats.reading import FeatureBatch
    >>> from gis.layer_contracts import load_contract
    >>> from gis.validation.validator import DeliveryValidator
    >>> box = shapely.box(113, 28, 113.001, 28.001)
    >>> batch = FeatureBatch(1, np.array([box.wkb]), np.array([box]), [{"ZDDM": None}])
    >>> crs = pyproj.CRS("EPSG:4490")
    >>> validator = DeliveryValidator(load_contract("parcel"), {"parcel_code": "ZDDM"}, crs, today=date(2026, 6, 30))
    >>> [fault.kind for fault in validator.examine(batch, validator.settle(batch))], validator.report.accepted
    (['value_missing'], 1)
    """

    contract: LayerContract
    mapping: Mapping[str, str]
    crs: pyproj.CRS
    proposal: CRSProposal | None = None
    report: DeliveryReport = field(default_factory=DeliveryReport)
    today: date = field(kw_only=True)
    topology: bool = True
    translate_to: str | None = None
    counties: CountyTable | None = None
    scope: shapely.Geometry | None = None
    settler: Settler = field(init=False)
    _examiner: AttributeExaminer = field(init=False)
    _topology: LayerTopology = field(init=False)
    _with_heights: int = 0

    def __post_init__(self) -> None:
        self._examiner = AttributeExaminer(self.contract, self.mapping, self.today, self.translate_to, self.counties)
        self._topology = LayerTopology(
            self.contract.topology, self.topology, scope=self.scope, most_faults=self.report.keep_per_kind
        )
        self.settler = Settler(self.crs, self.proposal, self._examiner.identity_field)

    def expect(self, columns: Mapping[str, Iterable[Any]]) -> None:
        """Take note of what is known of the delivery as a whole; without, more has to be remembered of every feature.

        Parameters
        ----------
        columns : mapping of str to iterable
            Values of all features by the name of the field; that of the identifiers is used.
        """
        identity = self.settler.identity_field
        if identity is not None and identity in columns:
            repeated = repeated_names(columns[identity])
            self.settler.repeated = repeated
            self._examiner.keys = _RepeatedKeys(repeated)

    def settle(self, batch: FeatureBatch) -> SettledBatch:
        """Decide which features of a batch are accepted, repaired or rejected, and gather them to be compared with each other.

        Batches are settled in their order; each may be examined in another thread while the next one is settled.
        """
        settled = self.settler.settle(batch)
        assert settled.plane is not None  # noqa: S101 - a settler makes it
        self._topology.add(settled.plane, batch.first_row, self._names(batch))
        return settled

    def examine(self, batch: FeatureBatch, settled: SettledBatch) -> list[Fault]:
        """Find the faults of a settled batch and count it into the report."""
        names = self._names(batch)
        repeats = np.array([reason.startswith(DUPLICATE) for reason in settled.reason], dtype=bool)
        context = BatchContext(lambda: settled.geometries, settled.area_ellipsoid_m2, settled.area_planar_m2, repeats)
        faults = find_geometry_faults(settled, batch.first_row, names)
        faults += self._examiner.examine(batch, context)
        faults.sort(key=lambda fault: fault.source_row or 0)
        self._with_heights += int((settled.notes != "").sum())
        self.report.add(
            faults,
            read=len(batch),
            accepted=settled.count(Outcome.ACCEPTED),
            repaired=settled.count(Outcome.REPAIRED),
            rejected=settled.count(Outcome.REJECTED),
        )
        return faults

    def finish(self) -> list[Fault]:
        """Find what concerns the delivery as a whole, and complete the report."""
        faults = self._examiner.finish()
        between = self._topology.examine()
        faults += between.faults
        if self._with_heights:
            faults.append(describe_fault("z_dropped", found=self._with_heights))
        if self.report.read == 0:
            faults.append(describe_fault("no_features"))
        self.report.add(faults)
        self.report.count_more(between.more)
        self.report.areas = self._area_sums()
        self.report.checks += [CheckRecord("geometry", CheckStatus.DONE), between.record, *self._attribute_records()]
        return faults

    def _names(self, batch: FeatureBatch) -> list[str | None]:
        source = self._examiner.identity_field
        if source is None:
            return [None] * len(batch)
        return as_texts([attributes.get(source) for attributes in batch.attributes])

    def _area_sums(self) -> dict[str, object]:
        rule, source = self.contract.area, self.mapping.get(self.contract.area.field)
        if source is None:
            return {}
        said = {"document": rule.document, "article": rule.article, "status": rule.status}
        return {"field": source, **self._examiner.areas.as_json(), "tolerance": str(rule.relative_tolerance), **said}

    def _attribute_records(self) -> list[CheckRecord]:
        return [
            CheckRecord("attributes", CheckStatus.DONE),
            *self._code_records(),
            *self._county_records(),
            self._area_record(),
        ]

    def _area_record(self) -> CheckRecord:
        area_field = self.contract.by_name[self.contract.area.field]
        if area_field.name in self.mapping:
            return CheckRecord("declared_area", CheckStatus.DONE)
        return CheckRecord(
            "declared_area",
            CheckStatus.NOT_DONE,
            f"没有字段作为“{area_field.title_zh}”。",
            f'No field gives "{area_field.title_en}".',
        )

    def _code_records(self) -> list[CheckRecord]:
        code_field = self.contract.field_checked_as(FieldCheck.LAND_USE_CODE)
        return [] if code_field is None else [self._code_record(code_field.name)]

    def _county_records(self) -> list[CheckRecord]:
        fields = (self.contract.field_checked_as(check) for check in (FieldCheck.PARCEL_CODE, FieldCheck.REGION_CODE))
        if not any(code_field is not None and code_field.name in self.mapping for code_field in fields):
            return []
        if self.counties is not None and self.counties.is_complete:
            return [CheckRecord("county_codes", CheckStatus.DONE)]
        if self.counties is not None:
            return [
                CheckRecord(
                    "county_codes",
                    CheckStatus.PARTLY,
                    "没有本地县级行政区代码表，只与随附的代码表（未经官方核对）比对。",
                    "There is no table of counties of the bureau's own; codes were looked up in the one that ships, which is not compared with the "
                    "official list.",
                )
            ]
        return [
            CheckRecord(
                "county_codes",
                CheckStatus.PARTLY,
                "没有县级行政区代码表，只核对了省级代码。",
                "There is no table of counties; only the provinces of codes were looked up.",
            )
        ]

    def _code_record(self, code_field: str) -> CheckRecord:
        if code_field not in self.mapping:
            return CheckRecord("land_use_codes", CheckStatus.NOT_DONE, "没有地类代码字段。", "No field gives codes.")
        unsaid = self._examiner.codes.without_version
        if not unsaid:
            return CheckRecord("land_use_codes", CheckStatus.DONE)
        fitting = ", ".join(tables_with_all(unsaid)) or "–"
        status = CheckStatus.NOT_DONE if "code_version" not in self.mapping else CheckStatus.PARTLY
        return CheckRecord(
            "land_use_codes",
            status,
            f"未声明代码版本，未核对代码；全部代码都在其中的代码表：{fitting}。",
            f"No version of the codes is stated, so they were not looked up; the tables that have all of them: {fitting}.",
        )
