"""Overlays that a planner asks for: any two files or layers, nothing stored."""
