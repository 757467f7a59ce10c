"""What can go wrong with layers and deliveries."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import AppError


class LayerNotFoundError(AppError):
    """No layer has this slug."""

    def __init__(self, slug: str, known: Sequence[str], hint: str = "") -> None:
        there_is = f"Layers are {', '.join(known)}." if known else "There are no layers yet."
        detail = f"There is no layer {slug!r}. {there_is} {hint}".strip()
        super().__init__("layer-not-found", "Layer not found", 404, detail)


class VersionNotFoundError(AppError):
    """The layer has no such version."""

    def __init__(self, slug: str, number: int) -> None:
        super().__init__("version-not-found", "Layer version not found", 404, f"Layer {slug} has no version {number}.")


class NotADraftError(AppError):
    """Only a draft can be published or discarded."""

    def __init__(self, slug: str, number: int, status: str) -> None:
        super().__init__(
            "not-a-draft",
            "Version is not a draft",
            409,
            f"Version {number} of {slug} is {status}; only a draft can be published or discarded.",
        )


class DeliveryRefusedError(AppError):
    """A delivery as a whole cannot be imported; nothing of it was stored."""

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__("delivery-refused", "Delivery refused", 422, detail, **extra)


class ImportRunningError(AppError):
    """Another process imports the same delivery."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            "import-running",
            "Import running",
            409,
            f"Another process is importing this delivery to {slug}. Wait for it to end; if it died, try again in a moment.",
        )


class TilesBeingPreparedError(AppError):
    """Another process prepares the tiles of the same version."""

    def __init__(self, version_id: int) -> None:
        super().__init__(
            "tiles-being-prepared",
            "Tiles are being prepared",
            409,
            f"Another process prepares the tiles of layer version {version_id}. Wait for it to end.",
        )


class ImportCancelledError(AppError):
    """Somebody asked the import to stop; what is staged of it is gone on with when it is imported again."""

    def __init__(self, slug: str, rows_done: int, version_id: int) -> None:
        self.version_id = version_id
        super().__init__(
            "import-cancelled",
            "Import cancelled",
            409,
            f"The import to {slug} was stopped after {rows_done} rows. No version was made.",
        )


class LossNotConfirmedError(AppError):
    """A delivery lacks more of what the version in force has than anybody expects."""

    def __init__(self, slug: str, number: int, losses: Sequence[Mapping[str, Any]], max_loss_percent: float) -> None:
        listed = "; ".join(
            f"{loss['what']}: {loss['before']:,} before, {loss['after']:,} now, {loss['lost_percent']:.4g} % less"
            for loss in losses
        )
        super().__init__(
            "loss-not-confirmed",
            "Loss not confirmed",
            409,
            f"Version {number} of {slug} loses more than {max_loss_percent:g} % against the version in force: {listed}. "
            "It stays a draft. If that is right, publish it with --confirm-loss (confirm_loss=true).",
            losses=list(losses),
        )
        self.number = number


class RejectedRowsError(AppError):
    """Corrected features do not fit the rejected ones of a draft."""

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__("rejected-rows", "Rejected rows do not fit", 422, detail, **extra)


class LayerEditError(AppError):
    """A layer cannot be changed like this."""

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__("layer-edit-refused", "Layer edit refused", 422, detail, **extra)


class DeliveryReportMissingError(AppError):
    """A version has no report of a validation."""

    def __init__(self, slug: str, number: int) -> None:
        super().__init__(
            "no-validation",
            "No validation",
            404,
            f"Version {number} of {slug} was imported before deliveries were validated; it has no report.",
        )
