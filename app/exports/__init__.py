"""Export of collections as files."""
