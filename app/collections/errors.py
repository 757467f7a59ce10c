"""What the catalogue refuses."""

from app.errors import AppError


class CollectionNotFoundError(AppError):
    """No collection has this id; a layer without a published version has none."""

    def __init__(self, collection_id: str) -> None:
        super().__init__(
            "collection-not-found",
            "Collection not found",
            404,
            f"There is no collection {collection_id!r}. /collections lists those there are.",
        )
