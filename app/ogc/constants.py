"""Names and limits of the standards that several modules use."""

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
MAX_TILE_MATRIX = 22
