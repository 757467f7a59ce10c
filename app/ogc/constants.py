"""Names and limits of the standards that several modules use."""

MAX_TILE_MATRIX = 22
