"""The routes of the OGC API."""

from app.ogc import api, common, features, legend, tiles
from app.ogc.processes import endpoints as processes

# Items before collections: a feature id may contain anything that a path can.
ROUTERS = (common.router, api.router, features.router, tiles.router, legend.router, processes.router)
