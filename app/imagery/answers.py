"""What is answered about imagery of land under contract: the map page takes its types from here, by the OpenAPI document."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.described import Described, Stored
from gis.imagery import Basis, Bearing, ClaimKind, Reading, SceneKind, Silence

LandBearing = Bearing | Literal["nothing_reported"]
Share = Annotated[float, Field(description="0 to 1.")]


class ClaimSeen(Described):
    """Something that was reported, and what imagery does to it."""

    kind: ClaimKind
    bearing: Bearing
    basis: Basis
    usable: int
    showing: int
    in_period: int
    since: date
    until: date
    zh: str
    en: str


class SceneReading(Described):
    """What one scene shows of the land. Evidence that was collected before pictures were drawn has no number of the scene."""

    scene_id: Annotated[int | None, Field(description="Missing in evidence that is older than the pictures.")] = None
    taken_on: date
    kind: SceneKind
    source: str
    band: int
    resolution_m: float
    pixels: float
    valid_share: Share
    mean: float | None
    vegetated_share: Share | None
    developed_at_least: Share
    developed_at_most: Share
    reading: Reading
    silence: Silence | None


class FootprintSeen(Described):
    """Outlines of buildings on the land."""

    share: Share
    taken_on: date
    source: str


class VegetationStep(Described):
    """The day by which the vegetation had fallen, and by how much of the index."""

    seen_on: date
    size: float


class EvidenceRunAnswer(Stored):
    """A run over the registered scenes, with its counts."""

    evidence_run_id: int
    parameter_rows: Annotated[list[str], Field(description="Rows of numbers that it rests on.")]
    finished_at: datetime | None
    started_by: str


class _EvidenceOfLand(Described):
    contract_no: str
    parcel_code: str | None
    bearing: LandBearing
    reason_zh: str
    reason_en: str
    claims: list[ClaimSeen]
    observations: list[SceneReading]
    footprints: list[FootprintSeen]
    step: VegetationStep | None


class LandEvidenceAnswer(_EvidenceOfLand):
    """What imagery shows of one contract's land."""

    run: EvidenceRunAnswer


class LandEvidenceWithRun(_EvidenceOfLand):
    """The same, beside a case."""

    evidence_run_id: int
    as_of: date
