"""What can go wrong with a check."""

from collections.abc import Sequence
from datetime import date

from app.errors import AppError


class NothingToCheckError(AppError):
    """The target layer cannot be checked."""

    def __init__(self, detail: str) -> None:
        super().__init__("nothing-to-check", "Nothing to check", 409, detail)

    @classmethod
    def not_parcels(cls, slug: str, kind: str) -> "NothingToCheckError":
        """Say that the layer holds something else."""
        return cls(f"Layer {slug} is of kind {kind}; a check needs a layer of parcels.")

    @classmethod
    def no_version(cls, slug: str, as_of: date) -> "NothingToCheckError":
        """Say that the layer has nothing for that day."""
        return cls(f"Layer {slug} has no version in force on {as_of}. Publish one, or ask for another day.")


class NoRuleError(AppError):
    """A control layer was named that no rule speaks about."""

    def __init__(self, slugs: Sequence[str]) -> None:
        super().__init__(
            "no-rule",
            "No rule for this layer",
            422,
            f"No rule speaks about {', '.join(slugs)}: a check could not find anything there.",
        )


class CheckCancelledError(AppError):
    """Somebody asked the check to stop; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("check-cancelled", "Check cancelled", 409, "The check was cancelled; nothing was stored.")
