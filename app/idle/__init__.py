"""Idle land: delivered contracts and enterprises, and the scan that flags cases."""
