"""All SQL about layers and their versions."""

from collections.abc import Sequence
from datetime import date, datetime

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import Select, delete, exists, func, select, text, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import Session

from app.db.models import Layer, LayerKind, LayerVersion, VersionStatus
from app.db.sessions import WriteSession
from app.layers.errors import LayerNotFoundError, VersionNotFoundError
from app.layers.guard import Loss, find_losses
from app.layers.kinds import KINDS
from app.layers.measuring import keep_statistics
from app.layers.tile_bands import start_preparation

# Any number will do, as long as it is used for nothing else.
MAKE_LAYER_LOCK = 4490_2002


def find_layer(session: Session, slug: str) -> Layer | None:
    """Return a layer by its slug."""
    # PostgreSQL's text holds no NUL, and cannot be asked for one.
    if "\x00" in slug:
        return None
    return session.scalar(select(Layer).where(Layer.slug == slug))


def require_layer(session: Session, slug: str) -> Layer:
    """Return a layer by its slug.

    Raises
    ------
    LayerNotFoundError
        Naming the layers there are.
    """
    layer = find_layer(session, slug)
    if layer is None:
        raise LayerNotFoundError(slug, session.scalars(select(Layer.slug).order_by(Layer.slug)).all())
    return layer


def list_layers(session: Session, *, kind: LayerKind | None = None) -> Sequence[Layer]:
    """Return the layers in the order they were made."""
    query = select(Layer).order_by(Layer.id)
    return session.scalars(query if kind is None else query.where(Layer.kind == kind)).all()


def list_versions(session: Session, layer_id: int) -> Sequence[LayerVersion]:
    """Return all versions of a layer, the newest first."""
    return session.scalars(
        select(LayerVersion).where(LayerVersion.layer_id == layer_id).order_by(LayerVersion.number.desc())
    ).all()


def version_in_force(
    session: Session, layer_id: int, *, as_of: date, known_at: datetime | None = None
) -> LayerVersion | None:
    """Return the version that applies on a day: the last published one whose validity holds that day.

    ``known_at`` asks what had been published by a moment, so that a past answer can be repeated.
    """
    return session.scalar(_in_force(as_of, known_at).where(LayerVersion.layer_id == layer_id))


def versions_in_force(session: Session, *, as_of: date, known_at: datetime) -> dict[int, LayerVersion]:
    """Return the version that applies on a day of every layer that has one, by the layer's id; see :func:`version_in_force`."""
    in_order = _in_force(as_of, known_at).limit(None).order_by(None)
    newest = (LayerVersion.layer_id, LayerVersion.published_at.desc(), LayerVersion.number.desc())
    query = in_order.ext(distinct_on(LayerVersion.layer_id)).order_by(*newest)
    return {version.layer_id: version for version in session.scalars(query)}


def _in_force(as_of: date, known_at: datetime | None) -> Select[LayerVersion]:
    query = (
        select(LayerVersion)
        .where(
            LayerVersion.published_at.is_not(None),
            LayerVersion.valid_from <= as_of,
            LayerVersion.valid_to.is_(None) | (LayerVersion.valid_to > as_of),
        )
        .order_by(LayerVersion.published_at.desc(), LayerVersion.number.desc())
        .limit(1)
    )
    return query if known_at is None else query.where(LayerVersion.published_at <= known_at)


def require_version(session: Session, layer: Layer, number: int) -> LayerVersion:
    """Return a version by its number.

    Raises
    ------
    VersionNotFoundError
    """
    version = session.scalar(
        select(LayerVersion).where(LayerVersion.layer_id == layer.id, LayerVersion.number == number)
    )
    if version is None:
        raise VersionNotFoundError(layer.slug, number)
    return version


def version_or_newest(session: Session, slug: str, number: int | None) -> tuple[Layer, LayerVersion]:
    """Return a layer and one of its versions: by its number, else the one in force, else the newest.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError
    """
    layer = require_layer(session, slug)
    if number is None:
        in_force = find_in_force(session, layer.id)
        if in_force is not None:
            return layer, in_force
        number = newest_number(session, layer.id)
    return layer, require_version(session, layer, number)


def find_same_delivery(
    session: Session, layer_id: int, *, sha256: str, options: dict[str, object]
) -> LayerVersion | None:
    """Return the version that the same file with the same options made, if any."""
    return session.scalar(
        select(LayerVersion)
        .where(
            LayerVersion.layer_id == layer_id,
            LayerVersion.sha256 == sha256,
            LayerVersion.report["options"] == type_coerce(options, JSONB),
        )
        .order_by(LayerVersion.number.desc())
        .limit(1)
    )


def lock_layer(session: WriteSession, layer_id: int) -> None:
    """Let changes of one layer take turns; results that refer to the layer can be stored meanwhile."""
    session.execute(select(Layer.id).where(Layer.id == layer_id).with_for_update(key_share=True))


def take_turn_to_make_layers(session: WriteSession) -> None:
    """Let those who make layers go one after the other, until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(MAKE_LAYER_LOCK)))


def next_number(session: WriteSession, layer_id: int) -> int:
    """Take the number of a layer's next version, which no version had before."""
    taken = update(Layer).where(Layer.id == layer_id).values(version_count=Layer.version_count + 1)
    return session.execute(taken.returning(Layer.version_count)).scalar_one()


def newest_number(session: Session, layer_id: int) -> int:
    """Return the number of a layer's newest version, 0 where it has none."""
    return session.scalar(select(func.max(LayerVersion.number)).where(LayerVersion.layer_id == layer_id)) or 0


def publish(session: WriteSession, version: LayerVersion) -> None:
    """Put a draft in force and archive the one before, both in this transaction."""
    session.execute(
        update(LayerVersion)
        .where(LayerVersion.layer_id == version.layer_id, LayerVersion.status == VersionStatus.IN_FORCE)
        .values(status=VersionStatus.ARCHIVED)
    )
    published_at = session.scalar(select(func.clock_timestamp()))
    version.status = VersionStatus.IN_FORCE
    version.published_at = published_at
    version.published_by = session.actor
    session.flush()
    keep_statistics(session, version)
    start_preparation(session, version)


def find_in_force(session: Session, layer_id: int) -> LayerVersion | None:
    """Return the version of a layer that was published last."""
    return session.scalar(
        select(LayerVersion).where(LayerVersion.layer_id == layer_id, LayerVersion.status == VersionStatus.IN_FORCE)
    )


def publish_guarded(
    session: WriteSession, version: LayerVersion, confirm_loss: bool, max_loss_percent: float
) -> list[Loss]:
    """Publish a draft unless it lacks too much against the version in force and nobody confirmed that.

    Returns
    -------
    list of Loss
        Why the draft was not published; a loss that was confirmed is noted in the version's report.
    """
    former = find_in_force(session, version.layer_id)
    if former is not None:
        kind = LayerKind(session.get_one(Layer, version.layer_id).kind)
        losses = find_losses(session, former, version, kind, max_loss_percent=max_loss_percent)
        if losses and not confirm_loss:
            return losses
        if losses:
            noted = [loss.as_json() for loss in losses]
            version.report = version.report | {"confirmed_losses": noted, "confirmed_by": session.actor}
    publish(session, version)
    return []


def discard(session: WriteSession, version: LayerVersion) -> None:
    """Delete a draft with its features."""
    session.execute(delete(LayerVersion).where(LayerVersion.id == version.id))


def derive_coverage(session: WriteSession, version: LayerVersion, layer: Layer) -> None:
    """State where a layer is known as the union of its own features.

    That is true of a plan, which says something everywhere it reaches, and of nothing else.
    """
    table = KINDS[LayerKind(layer.kind)].table
    session.execute(
        text(
            f"update layer_version set coverage = (select ST_Multi(ST_UnaryUnion(ST_Collect(geom))) from {table} "  # noqa: S608  a table of ours
            "where layer_version_id = :version) where id = :version"
        ),
        {"version": version.id},
    )


def store_coverage(session: WriteSession, version: LayerVersion, coverage: shapely.MultiPolygon, srid: int) -> None:
    """State where a layer is known, in the storage CRS."""
    version.coverage = from_shape(coverage, srid=srid)
    session.flush()


def has_features(session: Session, version: LayerVersion, kind: LayerKind) -> bool:
    """Whether a version has any feature."""
    model = KINDS[kind].model
    return bool(session.scalar(select(exists().where(model.layer_version_id == version.id))))


def analyze(session: WriteSession, kind: LayerKind) -> None:
    """Refresh the planner's statistics after a large load."""
    session.execute(text(f"analyze {KINDS[kind].table}"))
