"""The CRS firewall: what is wrong with the reference system of a delivery is named before anything is stored."""

from gis.crs_firewall.examination import CRSExamination, examine_crs
from gis.crs_firewall.grids import recognise_epsg
from gis.crs_firewall.location import Reference
from gis.crs_firewall.places import ExpectedPlace, place_of_codes
from gis.crs_firewall.proposal import CRSProposal, apply_proposal

__all__ = [
    "CRSExamination",
    "CRSProposal",
    "ExpectedPlace",
    "Reference",
    "apply_proposal",
    "examine_crs",
    "place_of_codes",
    "recognise_epsg",
]
