"""The routes of the OGC API."""

from app.ogc import (
    api,
    common,
    evidence,
    features,
    legend,
    positions,
    style_endpoints,
    tiles,
    transactions,
    version_tiles,
    wfs,
)
from app.ogc.processes import endpoints as processes

# Items before collections: a feature id may contain anything that a path can.
ROUTERS = (
    common.router,
    api.router,
    positions.router,
    evidence.router,
    features.router,
    transactions.router,
    tiles.router,
    version_tiles.router,
    legend.router,
    style_endpoints.router,
    wfs.router,
    processes.router,
)
