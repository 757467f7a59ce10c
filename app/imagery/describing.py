"""Evidence as it is stored and answered: JSON of observations, claims and sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.db.models import EvidenceRun, ImageryScene, LandEvidence
from app.idle.repository import StoredContract
from gis.imagery import Bearing, Claim, Evidence, Observation, Scene, Silence, state

NO_PARCEL = {
    "none": (
        "没有与合同编码相符的宗地，影像无法核对。",
        "No parcel carries the code of the contract: imagery cannot be looked at.",
    ),
    "many": (
        "多个宗地与合同编码相符，影像无法核对。",
        "Several parcels carry the code of the contract: imagery cannot be looked at.",
    ),
}
NOTHING_REPORTED = (
    "合同未载明动工与开发情况，影像仅供参考。",
    "The contract says nothing of the work: the imagery stands by itself.",
)
TOO_SMALL = ("宗地不足判读所需像元数", "the land has fewer pixels than a reading needs")


def describe_evidence(
    contract: StoredContract, seen: Evidence | None, claims: Sequence[Claim], scene_ids: Mapping[Scene, int]
) -> dict[str, Any]:
    """Write the columns of a contract's evidence.

    Parameters
    ----------
    contract : StoredContract
    seen : Evidence or None
        None where the contract's code finds no parcel, or several.
    claims : sequence of Claim
    scene_ids : mapping of Scene to int
        Numbers under which the scenes are registered.
    """
    zh, en = _reason(contract, seen, claims)
    return {
        "contract_no": contract.terms.contract_no,
        "parcel_code": contract.terms.parcel_code,
        "bearing": _overall(seen, claims),
        "reason_zh": zh,
        "reason_en": en,
        "claims": [_claim(claim) for claim in claims],
        "observations": []
        if seen is None
        else [_observation(each, scene_ids[each.scene]) for each in seen.observations],
        "footprints": []
        if seen is None
        else [
            {"share": round(each.share, 4), "taken_on": each.taken_on.isoformat(), "source": each.source}
            for each in seen.footprints
        ],
        "step": None
        if seen is None or seen.step is None
        else {"seen_on": seen.step.seen_on.isoformat(), "size": round(seen.step.size, 3)},
    }


def _overall(seen: Evidence | None, claims: Sequence[Claim]) -> str:
    """Put the claims together: one that is contradicted counts, and all must be supported to be supported."""
    if seen is None:
        return Bearing.CANNOT_TELL.value
    if not claims:
        return "nothing_reported"
    bearings = {claim.bearing for claim in claims}
    if Bearing.CONTRADICTS in bearings:
        return Bearing.CONTRADICTS.value
    return (Bearing.SUPPORTS if bearings == {Bearing.SUPPORTS} else Bearing.CANNOT_TELL).value


def _reason(contract: StoredContract, seen: Evidence | None, claims: Sequence[Claim]) -> tuple[str, str]:
    if seen is None:
        return NO_PARCEL[contract.match.name]
    if not claims:
        return NOTHING_REPORTED
    said = [state(claim) for claim in claims]
    zh, en = "".join(each.zh for each in said), " ".join(each.en for each in said)
    if seen.observations and all(each.silence is Silence.TOO_SMALL for each in seen.observations):
        zh, en = f"{zh}（{TOO_SMALL[0]}）", f"{en} ({TOO_SMALL[1]})"
    return zh, en


def _claim(claim: Claim) -> dict[str, Any]:
    said = state(claim)
    return {
        "kind": claim.kind.value,
        "bearing": claim.bearing.value,
        "basis": claim.basis.value,
        "usable": claim.usable,
        "showing": claim.showing,
        "in_period": claim.in_period,
        "since": claim.since.isoformat(),
        "until": claim.until.isoformat(),
        "zh": said.zh,
        "en": said.en,
    }


def _observation(seen: Observation, scene_id: int) -> dict[str, Any]:
    return {
        "scene_id": scene_id,
        "taken_on": seen.scene.taken_on.isoformat(),
        "kind": seen.scene.kind.value,
        "source": seen.scene.path.name,
        "band": seen.scene.band,
        "resolution_m": round(seen.resolution_m, 2),
        "pixels": round(seen.pixels, 2),
        "valid_share": round(seen.valid_share, 4),
        "mean": None if seen.mean is None else round(seen.mean, 4),
        "vegetated_share": None if seen.vegetated_share is None else round(seen.vegetated_share, 4),
        "developed_at_least": round(seen.developed_at_least, 4),
        "developed_at_most": round(seen.developed_at_most, 4),
        "reading": seen.reading.value,
        "silence": None if seen.silence is None else seen.silence.value,
    }


def describe_scene(row: ImageryScene) -> dict[str, Any]:
    """Describe a registered scene; where its raster lies is the server's own affair."""
    return {
        "id": row.id,
        "kind": row.kind,
        "taken_on": row.taken_on,
        "source": row.path.rpartition("/")[2],
        "band": row.band,
        "resolution_m": round(row.resolution_m, 2),
        "crs": row.crs,
        "scale": row.scale,
        "masks": [
            {"source": mask["path"].rpartition("/")[2], "band": mask["band"], "clear_values": mask["clear_values"]}
            for mask in row.masks
        ],
        "sha256": row.sha256,
        "recorded_at": row.recorded_at,
        "recorded_by": row.recorded_by,
    }


def describe_run(run: EvidenceRun) -> dict[str, Any]:
    """Describe a run."""
    return {
        "evidence_run_id": run.id,
        **run.summary,
        "parameter_rows": run.parameter_rows,
        "finished_at": run.finished_at,
        "started_by": run.started_by,
    }


def describe_row(row: LandEvidence, *, with_observations: bool) -> dict[str, Any]:
    """Describe the evidence about one contract's land."""
    told: dict[str, Any] = {
        "contract_no": row.contract_no,
        "parcel_code": row.parcel_code,
        "bearing": row.bearing,
        "reason_zh": row.reason_zh,
        "reason_en": row.reason_en,
        "claims": row.claims,
    }
    if with_observations:
        told |= {"observations": row.observations, "footprints": row.footprints, "step": row.step}
    return told
