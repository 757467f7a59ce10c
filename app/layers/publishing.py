"""Put a draft in force, drop it, or see what it changes."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text

from app.db.models import LayerKind, LayerVersion, VersionStatus
from app.db.sessions import ReadSession, WriteSession
from app.layers import repository
from app.layers.delivery import MAX_LOSS_PERCENT
from app.layers.errors import NotADraftError
from app.layers.guard import require_no_loss
from app.layers.kinds import KINDS

DIFF = """
with a as (select feature_id, geom, {fields} from {table} where layer_version_id = :a and superseded_at is null),
     b as (select feature_id, geom, {fields} from {table} where layer_version_id = :b and superseded_at is null)
select count(*) filter (where a.feature_id is null) as added,
       count(*) filter (where b.feature_id is null) as removed,
       count(*) filter (where not ST_OrderingEquals(a.geom, b.geom)) as geometry_changed,
       count(*) filter (where ST_OrderingEquals(a.geom, b.geom)
                          and ({a_fields}) is distinct from ({b_fields})) as attributes_changed,
       count(*) filter (where ST_OrderingEquals(a.geom, b.geom)
                          and ({a_fields}) is not distinct from ({b_fields})) as unchanged
  from a full join b using (feature_id)
"""


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """How many features differ between two versions, told apart by their feature id."""

    layer: str
    older: int
    newer: int
    added: int
    removed: int
    geometry_changed: int
    attributes_changed: int
    unchanged: int

    def as_json(self) -> dict[str, Any]:
        """Return what is printed and answered."""
        return asdict(self)


def publish_draft(
    session: WriteSession,
    slug: str,
    number: int | None = None,
    *,
    confirm_loss: bool = False,
    max_loss_percent: float = MAX_LOSS_PERCENT,
) -> LayerVersion:
    """Put a draft in force; the version before is archived in the same transaction.

    Parameters
    ----------
    number : int, optional
        The newest version when left out.
    confirm_loss : bool
        Whether it may lack more than ``max_loss_percent`` of the features, area or filled values of the version in force.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError, NotADraftError, LossNotConfirmedError
    """
    version = locked_draft(session, slug, number)
    losses = repository.publish_guarded(session, version, confirm_loss, max_loss_percent)
    require_no_loss(slug, version.number, losses, max_loss_percent)
    return version


def discard_draft(session: WriteSession, slug: str, number: int | None = None) -> int:
    """Delete a draft with its features and return its number.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError, NotADraftError
    """
    version = locked_draft(session, slug, number)
    repository.discard(session, version)
    return version.number


def locked_draft(session: WriteSession, slug: str, number: int | None) -> LayerVersion:
    """Return a draft that nobody else can change until this transaction ends.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError, NotADraftError
    """
    layer = repository.require_layer(session, slug)
    repository.lock_layer(session, layer.id)
    wanted = repository.newest_number(session, layer.id) if number is None else number
    version = repository.require_version(session, layer, wanted)
    if version.status != VersionStatus.DRAFT:
        raise NotADraftError(slug, version.number, version.status)
    return version


def compare_versions(session: ReadSession, slug: str, older: int, newer: int) -> VersionDiff:
    """Count what changed from one version of a layer to another.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError
    """
    layer = repository.require_layer(session, slug)
    kind = KINDS[LayerKind(layer.kind)]
    names = [*kind.fields, "attributes"]
    statement = DIFF.format(
        table=kind.table,
        fields=", ".join(names),
        a_fields=", ".join(f"a.{name}" for name in names),
        b_fields=", ".join(f"b.{name}" for name in names),
    )
    ids = {"a": repository.require_version(session, layer, older).id}
    ids["b"] = repository.require_version(session, layer, newer).id
    counts = session.execute(text(statement), ids).mappings().one()
    return VersionDiff(layer=slug, older=older, newer=newer, **counts)
