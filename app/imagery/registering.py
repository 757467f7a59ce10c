"""Register rasters as scenes; the rasters stay where they are."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pyproj
import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import Engine

from app.db.models import ImageryScene
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, write_session
from app.imagery import repository
from app.imagery.errors import SceneChangedError, SceneNotFoundError, SceneRefusedError
from gis.crs import to_geographic
from gis.errors import GisError
from gis.formats.reading import file_sha256
from gis.imagery import Mask, RasterGrid, Scene, SceneKind, open_raster, read_scenes


def register_raster(
    engine: Engine,
    path: Path,
    *,
    kind: SceneKind,
    taken_on: Sequence[date] | None = None,
    masks: Sequence[Mask] = (),
    scale: float | None = None,
    actor: str,
) -> dict[str, Any]:
    """Register every band of a raster as a scene.

    Parameters
    ----------
    path : Path
        A GeoTIFF, also cloud-optimised.
    kind : SceneKind
    taken_on : sequence of date, optional
        One for each band; otherwise the raster says it.
    masks : sequence of Mask, optional
    scale : float, optional
    actor : str

    Returns
    -------
    dict
        The scenes that are new, and how many bands were registered already.

    Raises
    ------
    SceneRefusedError
        If the raster cannot be laid over parcels, or does not say when it was taken.
    """
    path = path.resolve()
    absolute = [Mask(mask.path.resolve(), mask.band, mask.clear_values) for mask in masks]
    try:
        scenes = read_scenes(path, kind=kind, taken_on=taken_on, masks=absolute, scale=scale)
        with open_raster(path) as raster:
            grid = RasterGrid.of(raster)
        for mask in absolute:
            with open_raster(mask.path) as opened:
                RasterGrid.of(opened)
        outline = to_geographic([shapely.box(*grid.bounds)], grid.crs)[0]
        resolution = grid.resolution_m()
    except GisError as error:
        raise SceneRefusedError(str(error)) from error
    sha256 = file_sha256(path)
    with write_session(engine, actor=actor) as session:
        known = repository.known_bands(session, sha256, kind)
        new = [scene for scene in scenes if scene.band not in known]
        rows = [_row(session, scene, sha256, resolution, _name_of(grid.crs), outline) for scene in new]
        session.add_all(rows)
        session.flush()
        return {
            "file": path.name,
            "kind": kind.value,
            "scenes": [{"id": row.id, "band": row.band, "taken_on": row.taken_on.isoformat()} for row in rows],
            "already_registered": len(known),
            "resolution_m": round(resolution, 2),
        }


def _row(
    session: WriteSession, scene: Scene, sha256: str, resolution: float, crs: str, outline: shapely.Geometry
) -> ImageryScene:
    return ImageryScene(
        kind=scene.kind.value,
        path=str(scene.path),
        band=scene.band,
        taken_on=scene.taken_on,
        scale=scene.scale,
        masks=[asdict(mask) | {"path": str(mask.path), "sha256": file_sha256(mask.path)} for mask in scene.masks],
        sha256=sha256,
        resolution_m=resolution,
        crs=crs,
        geom=from_shape(
            shapely.MultiPolygon([shapely.Polygon(shapely.get_exterior_ring(outline))]),
            srid=storage_srid(session.connection()) or 0,
        ),
        recorded_by=session.actor,
    )


def _name_of(crs: pyproj.CRS) -> str:
    authority = crs.to_authority()
    return crs.name if authority is None else ":".join(authority)


def files_of(row: ImageryScene) -> dict[str, str]:
    """Return the paths of a scene's raster and masks with the digests under which they were registered."""
    return {row.path: row.sha256} | {mask["path"]: mask["sha256"] for mask in row.masks}


def require_scene(row: ImageryScene, checked: set[str]) -> Scene:
    """Read a registered scene, if its raster and its masks are still the ones that were registered.

    Parameters
    ----------
    row : ImageryScene
    checked : set of str
        Paths that were looked at already; those of this scene are added.

    Raises
    ------
    SceneChangedError
    """
    for path, sha256 in files_of(row).items():
        if path in checked:
            continue
        if not Path(path).is_file():
            raise SceneChangedError(row.id, path, "is not there")
        if file_sha256(Path(path)) != sha256:
            raise SceneChangedError(row.id, path, "is another file than the one that was registered")
        checked.add(path)
    masks = tuple(Mask(Path(mask["path"]), mask["band"], tuple(mask["clear_values"])) for mask in row.masks)
    return Scene(Path(row.path), row.taken_on, row.band, SceneKind(row.kind), masks, row.scale)


def remove_scene(session: WriteSession, scene_id: int) -> None:
    """Remove a scene from the list; the raster stays.

    Raises
    ------
    SceneNotFoundError
    """
    if not repository.remove_scene(session, scene_id):
        raise SceneNotFoundError(scene_id)
