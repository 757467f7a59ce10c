"""Why a delivered file is not read; every message says what was found and what to do."""

from gis.errors import GisError

__all__ = ["EncodingUnknownError", "SourceLayerError", "SourceLimitError", "SourceUnreadableError"]


class SourceUnreadableError(GisError):
    """A file is of no format that is read, is broken, or cannot be read to its end."""


class SourceLayerError(GisError):
    """The layer asked for is not in the file or has no geometry, or the file has several and none was named."""


class SourceLimitError(SourceUnreadableError):
    """A file is larger than what is read of one file, in one of the ways of :class:`gis.formats.limits.ReadingLimits`."""


class EncodingUnknownError(GisError):
    """No encoding of the usual ones fits the texts, or the one that was named does not exist."""
