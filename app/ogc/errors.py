"""What OGC resources refuse."""

from collections.abc import Sequence

from app.errors import AppError
from app.ogc.constants import MAX_TILE_MATRIX


class PageGoneError(AppError):
    """The state that a download reads was deleted meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            "page-gone",
            "Page gone",
            410,
            "The version, check run or scan that these pages show has been deleted. Start again from the first page.",
        )


class FeatureNotFoundError(AppError):
    """No feature of the collection has this id."""

    def __init__(self, collection_id: str, feature_id: str) -> None:
        super().__init__(
            "feature-not-found",
            "Feature not found",
            404,
            f"Collection {collection_id} has no feature {feature_id!r}. Features are named by their id; to look up by "
            f"another property, filter /collections/{collection_id}/items by it.",
        )


class AmbiguousFeatureError(AppError):
    """Several runs have a feature of this id."""

    def __init__(self, collection_id: str, feature_id: str, run_filter: str | None) -> None:
        super().__init__(
            "ambiguous-feature",
            "Ambiguous feature",
            409,
            f"Collection {collection_id} has more than one feature {feature_id!r}. Name the run with {run_filter}.",
        )


class AmbiguousCodeError(AppError):
    """The id is a code that several features have, each under an id of its own."""

    def __init__(self, collection_id: str, code: str, name: str, candidates: Sequence[str]) -> None:
        super().__init__(
            "ambiguous-code",
            "Ambiguous code",
            409,
            f"Several features of {collection_id} have {name} {code!r}; ask for one of the candidates by its id, or for "
            f"all with /collections/{collection_id}/items?{name}=…",
            candidates=candidates,
        )


class TileMatrixSetNotFoundError(AppError):
    """There is no tile matrix set of this id."""

    def __init__(self, tile_matrix_set_id: str, known: Sequence[str]) -> None:
        super().__init__(
            "tile-matrix-set-not-found",
            "Tile matrix set not found",
            404,
            f"There is no tile matrix set {tile_matrix_set_id!r}; there are {', '.join(known)}.",
        )


class TileNotFoundError(AppError):
    """The tile matrix set has no such tile."""

    def __init__(self, tile_matrix_set_id: str) -> None:
        super().__init__(
            "tile-not-found",
            "Tile not found",
            404,
            f"{tile_matrix_set_id} has tile matrices 0 to {MAX_TILE_MATRIX} here; its definition at "
            f"/tileMatrixSets/{tile_matrix_set_id} says how many rows and columns each has.",
        )


class TileTooFullError(AppError):
    """A tile would hold more features than the service makes; leaving some out would read as free land."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            "tile-too-full",
            "Tile too full",
            422,
            f"This tile holds more than {limit} features (DUOGUI_MAX_TILE_FEATURES). Ask for a larger tileMatrix.",
        )
