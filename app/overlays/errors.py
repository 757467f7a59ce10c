"""What can go wrong with an overlay that somebody asks for."""

from app.errors import AppError


class OverlayRefusedError(AppError):
    """The overlay cannot be made as it was asked for."""

    def __init__(self, detail: str) -> None:
        super().__init__("overlay-refused", "Overlay refused", 422, detail)
