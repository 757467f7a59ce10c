"""All SQL about scenes and evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from app.db.models import EvidenceRun, ImageryScene, LandEvidence
from app.db.sessions import WriteSession

PARCEL_SHAPES = text(
    "select row_id, ST_AsBinary(geom) as wkb, area_ellipsoid_m2 from parcel where row_id = any(:row_ids) order by row_id"
)

SHAPES_OF_CODE = text(
    """
    select ST_AsBinary(geom) as wkb from parcel
     where layer_version_id = :version_id and parcel_code = :parcel_code and superseded_at is null
     order by row_id
    """
)


@dataclass(frozen=True, slots=True)
class ParcelShapes:
    """Polygons of parcels in longitude and latitude, and their areas, by row."""

    geometries: npt.NDArray[np.object_]
    areas_m2: npt.NDArray[np.float64]
    positions: dict[int, int]


def list_scenes(session: Session, *, until: date | None = None) -> Sequence[ImageryScene]:
    """List the scenes, the oldest first."""
    query = select(ImageryScene).order_by(ImageryScene.taken_on, ImageryScene.path, ImageryScene.band)
    if until is not None:
        query = query.where(ImageryScene.taken_on <= until)
    return session.scalars(query).all()


def find_scene(session: Session, scene_id: int) -> ImageryScene | None:
    """Find a scene by its number."""
    return session.get(ImageryScene, scene_id)


def known_bands(session: Session, sha256: str, kind: str) -> set[int]:
    """Bands of a file that are registered as scenes of a kind."""
    query = select(ImageryScene.band).where(ImageryScene.sha256 == sha256, ImageryScene.kind == kind)
    return set(session.scalars(query))


def remove_scene(session: WriteSession, scene_id: int) -> bool:
    """Remove a scene; the raster stays. Evidence that was collected keeps what it says of its scenes."""
    return (
        session.scalar(delete(ImageryScene).where(ImageryScene.id == scene_id).returning(ImageryScene.id)) is not None
    )


def read_parcel_shapes(session: Session, row_ids: Sequence[int]) -> ParcelShapes:
    """Read polygons and areas of parcels."""
    rows = session.execute(PARCEL_SHAPES, {"row_ids": list(row_ids)}).all()
    return ParcelShapes(
        shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object)),
        np.array([row.area_ellipsoid_m2 for row in rows], dtype=np.float64),
        {row.row_id: position for position, row in enumerate(rows)},
    )


def find_parcel_shapes(session: Session, version_id: int | None, parcel_code: str | None) -> npt.NDArray[np.object_]:
    """Read the polygons of the parcels of a version that carry a code, in longitude and latitude."""
    rows = session.execute(SHAPES_OF_CODE, {"version_id": version_id, "parcel_code": parcel_code}).all()
    return shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object))


def find_current_run(session: Session) -> EvidenceRun | None:
    """Find the current run."""
    return session.scalar(select(EvidenceRun).where(EvidenceRun.is_current))


def store_run(session: WriteSession, run: EvidenceRun, evidence: Sequence[dict[str, Any]]) -> None:
    """Store a run with its evidence and make it the current one."""
    session.execute(text("lock table evidence_run in share row exclusive mode"))
    session.execute(update(EvidenceRun).where(EvidenceRun.is_current).values(is_current=False))
    session.add(run)
    session.flush()
    if evidence:
        session.execute(insert(LandEvidence), [{"evidence_run_id": run.id, **each} for each in evidence])


def list_evidence(
    session: Session, run_id: int, *, bearing: str | None, after: int, limit: int | None
) -> Sequence[LandEvidence]:
    """Read a page of a run's evidence, or without a limit all that follows."""
    query = select(LandEvidence).where(LandEvidence.evidence_run_id == run_id, LandEvidence.row_id > after)
    if bearing is not None:
        query = query.where(LandEvidence.bearing == bearing)
    return session.scalars(query.order_by(LandEvidence.row_id).limit(limit)).all()


def find_evidence(session: Session, run_id: int, contract_no: str) -> LandEvidence | None:
    """Find a contract's evidence in a run."""
    return session.scalar(
        select(LandEvidence).where(LandEvidence.evidence_run_id == run_id, LandEvidence.contract_no == contract_no)
    )
