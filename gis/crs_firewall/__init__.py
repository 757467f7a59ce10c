"""The CRS firewall: what is wrong with the reference system of a delivery is named before anything is stored."""

from gis.crs_firewall.proposal import CRSProposal, apply_proposal

__all__ = ["CRSProposal", "apply_proposal"]
