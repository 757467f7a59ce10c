"""Checks of parcels and sites against the control areas."""
