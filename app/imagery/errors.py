"""What can go wrong with imagery."""

from app.errors import AppError


class SceneRefusedError(AppError):
    """A raster cannot be registered or read."""

    def __init__(self, detail: str) -> None:
        super().__init__("raster-refused", "Raster refused", 422, detail)


class SceneChangedError(AppError):
    """A registered raster is not where it was, or is another one now."""

    def __init__(self, scene_id: int, path: str, found: str) -> None:
        super().__init__(
            "raster-changed",
            "Raster changed",
            409,
            f"Scene {scene_id}: {path} {found}. Put the raster back, or remove the scene "
            f"(duogui imagery remove {scene_id}) and register what is there now.",
            scene_id=scene_id,
        )


class SceneNotFoundError(AppError):
    """No scene has that number."""

    def __init__(self, scene_id: int) -> None:
        super().__init__(
            "scene-not-found",
            "Scene not found",
            404,
            f"There is no scene {scene_id}. The scenes are listed by duogui imagery list, over HTTP by /imagery-scenes.",
        )


class NoScenesError(AppError):
    """Evidence needs scenes."""

    def __init__(self, as_of: str) -> None:
        super().__init__(
            "no-scenes",
            "No scenes",
            409,
            f"No scene that was taken by {as_of} is registered, so nothing is known from imagery. "
            "Register one: duogui imagery add FILE --kind vegetation_index.",
        )


class BuildingsUndatedError(AppError):
    """Outlines of buildings in a file do not say when they were drawn."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "buildings-undated",
            "Buildings without a day",
            422,
            f"{name} is a file, and does not say of which day its outlines are; give the day with --buildings-taken-on.",
        )


class NoEvidenceError(AppError):
    """No evidence has been collected, or none of this contract."""

    def __init__(self, contract_no: str | None = None) -> None:
        of = "" if contract_no is None else f" of contract {contract_no!r}"
        super().__init__(
            "no-evidence",
            "No evidence",
            404,
            f"No evidence{of} has been collected from imagery. Collect it: duogui imagery evidence, over HTTP POST /evidence-runs.",
        )


class NoPictureError(AppError):
    """A contract's land has no one place that a picture could show."""

    def __init__(self, contract_no: str, parcels: int) -> None:
        super().__init__(
            "no-picture",
            "No picture",
            404,
            f"Contract {contract_no!r}: {parcels or 'no'} parcel{'' if parcels == 1 else 's'} of the layer carry its code, "
            "so there is no one place to show. Correct the code in the table of contracts or in the layer of parcels.",
        )
