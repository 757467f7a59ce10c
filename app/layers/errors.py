"""What can go wrong with layers and deliveries."""

from collections.abc import Sequence

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
