"""Layers and their versions: import, publication, comparison."""
