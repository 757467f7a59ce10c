"""The former name of :mod:`gis.formats.reading`."""

from gis.formats.reading import (
    BATCH_SIZE,
    FeatureBatch,
    SourceLayerError,
    SourceUnreadableError,
    VectorSource,
    file_sha256,
    iter_features,
    open_source,
    read_column,
    unreadable_reason,
)

__all__ = [
    "BATCH_SIZE",
    "FeatureBatch",
    "SourceLayerError",
    "SourceUnreadableError",
    "VectorSource",
    "file_sha256",
    "iter_features",
    "open_source",
    "read_column",
    "unreadable_reason",
]
