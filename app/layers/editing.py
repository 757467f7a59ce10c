"""Changes of a layer after it was made: its titles and duties, and where it is known. What it was before is kept."""

from collections.abc import Mapping
from typing import Any

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Layer, LayerEdit, LayerVersion
from app.db.schema import storage_srid
from app.db.sessions import WriteSession
from app.layers import repository
from app.layers.errors import LayerEditError

EDITABLE = ("title_zh", "title_en", "mandatory", "accuracy_m", "stale_after_days")
_REQUIRED = frozenset({"title_zh", "title_en", "mandatory"})


def edit_layer(session: WriteSession, slug: str, changes: Mapping[str, Any]) -> Layer:
    """Change what is said of a layer.

    Parameters
    ----------
    session : WriteSession
    slug : str
    changes : mapping
        Some of ``EDITABLE``; None takes back an accuracy or a number of days.

    Raises
    ------
    LayerNotFoundError
    LayerEditError
        A value that cannot be.
    """
    layer = repository.require_layer(session, slug)
    repository.lock_layer(session, layer.id)
    for name, value in changes.items():
        _refuse_bad_value(name, value)
    differing = {name: value for name, value in changes.items() if getattr(layer, name) != value}
    if differing:
        noted = {name: {"before": getattr(layer, name), "after": value} for name, value in differing.items()}
        session.add(LayerEdit(layer_id=layer.id, changes=noted, recorded_by=session.actor))
        for name, value in differing.items():
            setattr(layer, name, value)
        session.flush()
    return layer


def _refuse_bad_value(name: str, value: object) -> None:
    match name, value:
        case _, None if name in _REQUIRED:
            raise LayerEditError(f"{name} cannot be taken back.", field=name)
        case (("title_zh" | "title_en"), str()) if not value.strip():
            raise LayerEditError(f"{name} cannot be empty.", field=name)
        case "accuracy_m", float() | int() if not 0 <= value < float("inf"):
            raise LayerEditError(f"The accuracy is a length in metres, not {value}.", field=name)
        case "stale_after_days", int() if not 0 < value < 2**31:
            raise LayerEditError(f"A layer goes stale after a number of days, not {value}.", field=name)
        case _ if name not in EDITABLE:
            raise LayerEditError(f"{name} is nothing to edit; there are {', '.join(EDITABLE)}.", field=name)
        case _:
            return


def set_coverage(
    session: WriteSession, slug: str, number: int | None, coverage: shapely.MultiPolygon | None
) -> LayerVersion:
    """State where a version is known; None takes the statement back.

    Parameters
    ----------
    number : int, optional
        Default: the version in force, else the newest.
    coverage : MultiPolygon
        Valid, (lon, lat) in degrees.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError
    """
    layer, version = _version(session, slug, number)
    _note(session, layer, version, "set" if coverage is not None else "cleared")
    srid = storage_srid(session.connection()) or 0
    version.coverage = None if coverage is None else from_shape(coverage, srid=srid)
    session.flush()
    return version


def derive_coverage(session: WriteSession, slug: str, number: int | None) -> LayerVersion:
    """State that a version is known where its features are, which is true of a plan and of few other layers.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError
    """
    layer, version = _version(session, slug, number)
    _note(session, layer, version, "derived")
    repository.derive_coverage(session, version, layer)
    session.refresh(version)
    return version


def _version(session: WriteSession, slug: str, number: int | None) -> tuple[Layer, LayerVersion]:
    repository.lock_layer(session, repository.require_layer(session, slug).id)
    return repository.version_or_newest(session, slug, number)


def _note(session: WriteSession, layer: Layer, version: LayerVersion, what: str) -> None:
    before = session.scalar(select(LayerVersion.coverage).where(LayerVersion.id == version.id))
    session.add(
        LayerEdit(
            layer_id=layer.id,
            layer_version_id=version.id,
            changes={"coverage": what, "version": version.number},
            coverage_before=before,
            recorded_by=session.actor,
        )
    )
    version.coverage_revision += 1
    session.flush()


def list_edits(session: Session, layer_id: int) -> list[LayerEdit]:
    """Return what was changed of a layer, the newest first."""
    return list(session.scalars(select(LayerEdit).where(LayerEdit.layer_id == layer_id).order_by(LayerEdit.id.desc())))
