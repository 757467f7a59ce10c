"""What can go wrong with a planning-basis sheet."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.errors import AppError


class ParcelNotFoundError(AppError):
    """No parcel in force has this code."""

    def __init__(self, code: str, as_of: date, layers: Sequence[str]) -> None:
        where = ", ".join(layers) or "no layer of parcels at all"
        super().__init__(
            "parcel-not-found",
            "Parcel not found",
            404,
            f"No parcel in force on {as_of} has the code or the id {code!r}; looked for in: {where}.",
        )


class ParcelAmbiguousError(AppError):
    """Several parcels have this code; the candidates are told."""

    def __init__(self, code: str, candidates: Sequence[dict[str, Any]]) -> None:
        super().__init__(
            "parcel-ambiguous",
            "Parcel code not unique",
            409,
            f"{len(candidates)} parcels have the code {code!r}. Choose one: ask again with layer and feature_id of a candidate.",
            candidates=list(candidates),
        )


class SiteOfCheckError(AppError):
    """A check has no site of this name, or several and none was chosen; its sites are told."""

    def __init__(self, check_id: str, site: str | None, sites: Sequence[str]) -> None:
        if site is None:
            detail = f"The site check {check_id} has {len(sites)} sites. Choose one: ask again with site."
            super().__init__("site-ambiguous", "Site not chosen", 409, detail, candidates=list(sites))
        else:
            detail = f"The site check {check_id} has no site {site!r}; candidates names those there are."
            super().__init__("site-not-found", "Site not found", 404, detail, candidates=list(sites))


class TooManySheetsError(AppError):
    """More sheets are asked for than one archive holds."""

    def __init__(self, count: int, most: int) -> None:
        detail = f"{count} sheets are asked for, the sites of all checks counted; an archive holds at most {most}. Ask in parts."
        super().__init__("too-many-sheets", "Too many sheets", 422, detail, count=count, most=most)


class SheetNotFoundError(AppError):
    """No sheet has this hash."""

    def __init__(self, sheet_hash: str) -> None:
        super().__init__(
            "sheet-not-found",
            "Sheet not found",
            404,
            f"No planning-basis sheet {sheet_hash!r} was issued here. A sheet that says so was not issued by this installation, "
            "or its hash was not copied whole: it has 64 digits and letters from a to f.",
        )


class SigningKeyError(AppError):
    """The installation's signing key cannot be used."""

    def __init__(self, detail: str) -> None:
        super().__init__("signing-key", "Signing key unusable", 500, detail)


class SheetsCancelledError(AppError):
    """Somebody asked a job of sheets to stop."""

    def __init__(self) -> None:
        super().__init__("sheets-cancelled", "Sheets cancelled", 409, "The sheets were cancelled; there is no archive.")


class ArchiveGoneError(AppError):
    """An archive is not there."""

    def __init__(self, archive_id: object) -> None:
        super().__init__(
            "archive-gone",
            "Archive not found",
            404,
            f"There is no archive of sheets {archive_id}. Ask for the sheets again: POST /extracts.",
        )
