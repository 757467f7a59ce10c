"""What is answered about sites, as it is stored: the map page takes its types from here, by the OpenAPI document; docs/site-check.md says what it means."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.described import Stored
from app.site_checks.asking import Relation
from app.site_checks.questions import Stage
from gis.landuse.codes import CodeVersion
from gis.rules import LayerStatus, Verdict

Share = Annotated[float, Field(description="0 to 1.")]
Measured = Annotated[float | None, Field(description="Only where it was measured.")]


class FindingOfSite(Stored):
    """What one rule says of a site, with what was measured for it; which numbers there are depends on the rule."""

    rule_id: str
    relation: Relation
    verdict: Verdict
    decided_by_zh: str
    decided_by_en: str
    is_prohibition: bool
    zone: str | None
    constraint_ids: list[str]
    missing: Annotated[list[str], Field(description="Facts that nobody said and on which the answer turns.")]
    overlap_area_m2: Measured = None
    overlap_area_ha: Measured = None
    overlap_area_mu: Measured = None
    target_percent: Measured = None
    distance_m: Measured = None
    overlap_class: str | None = None
    certainty: str | None = None
    text_zh: str
    text_en: str
    article: str | None
    remedy_zh: str | None
    remedy_en: str | None
    is_assumed: bool
    parameters: Annotated[list[str], Field(description="Rows of numbers that it rests on.")]
    geometry: Annotated[dict[str, Any] | None, Field(description="GeoJSON of what is hit.")]


class LayerOfSite(Stored):
    """What one layer says of a site."""

    layer: str
    control_kind: str | None
    title_zh: str
    title_en: str
    version: int | None
    approval_no: str | None
    valid_from: date | None
    valid_to: date | None
    mandatory: bool
    accuracy_m: float | None
    status: LayerStatus
    covered_share: Share | None
    verdict: Verdict
    reason: str | None
    artefact_area_m2: float
    findings: list[FindingOfSite]


class MissingLayer(Stored):
    """A kind of control area that rules speak about and of which there is no layer."""

    control_kind: str
    verdict: Verdict
    rules: list[str]
    text_zh: str
    text_en: str


class RuleNotAsked(Stored):
    """A rule about a figure that nobody gave and that is not asked for at this stage."""

    rule_id: str
    field: str
    reason_zh: str
    reason_en: str


class AnsweredSite(Stored):
    """What is answered about one site."""

    site: str
    name: str | None
    parcel_code: str | None
    area_m2: float
    area_ha: float
    area_mu: float
    verdict: Verdict
    text_zh: str
    text_en: str
    is_assumed: bool
    layers: list[LayerOfSite]
    project: list[FindingOfSite]
    missing_layers: list[MissingLayer]
    not_asked: list[RuleNotAsked]


class AssumedNumber(Stored):
    """A number that the answer rests on and whose article has still to be checked."""

    row_id: str
    key: str
    value: Annotated[str, Field(description="An exact decimal.")]
    unit: str
    document: str
    article: str
    status: str


class AskedQuestion(Stored):
    """What was asked; null is not known."""

    use_code: str | None
    use_code_version: CodeVersion
    stage: Stage


class StoredSiteCheck(Stored):
    """A stored answer."""

    site_check_id: UUID
    created_at: datetime
    digest: str
    verdict: Verdict
    as_of: date
    question: AskedQuestion
    site_count: int
    assumed_parameters: list[AssumedNumber]
    sites: list[AnsweredSite]
