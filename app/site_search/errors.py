"""What can go wrong with a search."""

from app.errors import AppError


class SearchTooWideError(AppError):
    """More parcels are of that size than one search looks at."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            "search-too-wide",
            "Search too wide",
            422,
            f"More than {limit} parcels are of that size there. Narrow the range of areas, or give a bbox.",
            limit=limit,
        )


class NothingToSearchError(AppError):
    """There is no layer of parcels in force."""

    def __init__(self) -> None:
        super().__init__(
            "nothing-to-search",
            "Nothing to search",
            422,
            "No layer of parcels is in force on that day. Import one, or ask as of another day.",
        )
