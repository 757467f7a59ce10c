"""The private PostGIS cluster: a database of the service's own, made from the machine's PostgreSQL binaries.

It listens on a unix socket only and lets in, by peer authentication, the user the service runs as.
"""

from app.db.cluster.errors import ClusterError
from app.db.cluster.private_cluster import DATABASE_NAME, PrivateCluster
from app.db.cluster.status import ClusterState, ClusterStatus

__all__ = ["DATABASE_NAME", "ClusterError", "ClusterState", "ClusterStatus", "PrivateCluster"]
