"""Which zooms have tiles that are prepared, and when a version is."""

from typing import Final

from app.db.models import LayerVersion
from app.db.sessions import WriteSession
from app.jobs.enqueueing import enqueue

__all__ = [
    "CLASS_ZOOMS",
    "CUT_ZOOM",
    "FEATURE_ZOOMS",
    "LAYER_TILES",
    "is_areal",
    "start_preparation",
]

#: The kind of work, by which the worker knows it.
LAYER_TILES: Final = "layer.tiles"
#: Features of their own from here on, classes before; nearer than these, tiles show what is stored.
FEATURE_ZOOMS: Final = (13, 12)
CLASS_ZOOMS: Final = (11, 10, 9, 8, 7, 6, 5)
#: Tiles of Web Mercator whose features are cut when a version is published: the fullest of those that show what is stored.
CUT_ZOOM: Final = FEATURE_ZOOMS[0] + 1
#: Smaller layers are drawn as they are.
LEAST_FEATURES: Final = 5_000


def start_preparation(session: WriteSession, version: LayerVersion) -> None:
    """Have a published version prepared by a worker, if its layer is large."""
    if version.accepted_count + version.repaired_count < LEAST_FEATURES or not is_areal(version):
        return
    enqueue(session, LAYER_TILES, {"layer_version_id": version.id}, lock=f"{LAYER_TILES}:{version.layer_id}")


def is_areal(version: LayerVersion) -> bool:
    """Whether the features of a version are polygons."""
    return version.geometry_type is None or version.geometry_type.endswith("Polygon")
