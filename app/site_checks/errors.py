"""What can go wrong with the question of a site check; none of it is ever answered by a verdict."""

from typing import Any, Final
from uuid import UUID

from app.errors import AppError

_IN_SENTENCE: Final = 20
_IN_DOCUMENT: Final = 200


class SiteRefusedError(AppError):
    """A site, or what is said of the project, cannot be checked: which feature, which field, what to do."""

    def __init__(self, detail: str, *, errors: list[dict[str, Any]] | None = None, **extra: Any) -> None:  # noqa: ANN401  JSON values
        members = extra if errors is None else {"errors": errors, **extra}
        super().__init__("site-refused", "Site refused", 422, detail, **members)

    @classmethod
    def of_field(cls, field: str, found: object, expected: str) -> "SiteRefusedError":
        """Refuse the value of a field."""
        detail = f"{field}: found {found!r}, expected {expected}."
        return cls(
            detail, errors=[{"in": "body", "name": field, "found": str(found), "detail": f"expected {expected}"}]
        )


class SiteOutsideError(AppError):
    """No layer knows anything of the place, so that there is nothing to check by.

    Attributes
    ----------
    sites : list of str
        All of them; the problem document names the first 200 and says how many there are.
    """

    def __init__(self, sites: list[str]) -> None:
        self.sites = sites
        more = f" and {len(sites) - _IN_SENTENCE} more" if len(sites) > _IN_SENTENCE else ""
        super().__init__(
            "site-outside-layers",
            "Site outside of every layer",
            422,
            f"{', '.join(sites[:_IN_SENTENCE])}{more}: no layer that rules speak about is known there. Nothing was checked, which is not the same as "
            "free. Compare the coordinates and their reference system with the place that was meant, or import layers for it.",
            sites=sites[:_IN_DOCUMENT],
            site_count=len(sites),
        )


class ParcelAmbiguousError(AppError):
    """A parcel code names several parcels, or none."""

    def __init__(self, code: str, candidates: list[dict[str, Any]]) -> None:
        if candidates:
            detail = f"{len(candidates)} parcels have the code {code}. Send the geometry of the one that is meant."
            super().__init__("parcel-ambiguous", "Parcel code not unique", 409, detail, candidates=candidates)
        else:
            detail = f"No parcel in force has the code {code}."
            super().__init__("parcel-not-found", "Parcel not found", 404, detail, candidates=[])


class SiteCheckNotFoundError(AppError):
    """There is no site check of this id."""

    def __init__(self, check_id: UUID | str) -> None:
        super().__init__("site-check-not-found", "Site check not found", 404, f"There is no site check {check_id}.")
