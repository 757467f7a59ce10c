"""Imagery (影像): which scenes there are, and what they show of land under contract."""
