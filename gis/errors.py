"""What the spatial library refuses to do, and why."""

__all__ = [
    "CRSMismatchError",
    "CRSRefusedError",
    "ClosureError",
    "GeometryRefusedError",
    "GisError",
    "OverlayCancelledError",
]


class GisError(Exception):
    """Base of every error the spatial library raises on purpose."""


class CRSMismatchError(GisError):
    """Two layers, or a layer and the plane an operation works in, are in different reference systems, or a layer names none."""


class CRSRefusedError(GisError):
    """A reference system has no exact path to CGCS2000 or WGS 84."""


class GeometryRefusedError(GisError):
    """A geometry cannot be measured or projected; the message names its position in the input."""


class ClosureError(GisError):
    """The parts of a polygon do not add up to it within the guaranteed tolerance."""


class OverlayCancelledError(GisError):
    """The caller's ``cancelled`` callback asked a running computation to stop."""
