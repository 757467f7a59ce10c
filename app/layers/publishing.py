"""Put a draft in force, or drop it."""

from app.db.models import LayerVersion, VersionStatus
from app.db.sessions import WriteSession
from app.layers import repository
from app.layers.delivery import MAX_LOSS_PERCENT
from app.layers.errors import NotADraftError
from app.layers.guard import require_no_loss


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
