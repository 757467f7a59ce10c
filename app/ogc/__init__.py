"""The OGC API of the service, generic over collections: a new layer needs rows, no code."""
