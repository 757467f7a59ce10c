"""Distances between sites and objects, and the ground within a distance: metres in the site's own Gauss-Krueger zone."""

from gis.siting.basis import DistanceBasis
from gis.siting.distances import DISTANCE_COLUMNS, measure_distances
from gis.siting.encroachments import ENCROACHMENT_COLUMNS, measure_encroachments
from gis.siting.zones import zones_around

__all__ = [
    "DISTANCE_COLUMNS",
    "ENCROACHMENT_COLUMNS",
    "DistanceBasis",
    "measure_distances",
    "measure_encroachments",
    "zones_around",
]
