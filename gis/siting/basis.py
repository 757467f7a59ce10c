"""What a distance was measured from."""

from enum import StrEnum


class DistanceBasis(StrEnum):
    """What a distance to an object was measured from; everything but the outer edge is approximate for a law that names it."""

    OUTER_EDGE = "outer_edge"  # the outer edge of the object's land, an outer conductor
    CENTRE_LINE_AND_WIDTH = "centre_line_and_width"  # a centre line, half of the known width taken off
    CENTRE_LINE = "centre_line"  # a centre line or a point, whose width is unknown or not to be taken off
