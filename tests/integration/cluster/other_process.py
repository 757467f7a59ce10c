"""What the cluster tests run in processes of their own: one method of a cluster, as a given user.

Usage: other_process.py ensure_running|status|stop DATA_DIR UID
"""

import os
import sys
from pathlib import Path

# Everything is imported before root is given up: the interpreter may lie in a folder that others cannot enter.
import psycopg
import sqlalchemy.dialects.postgresql.psycopg

from app.db.cluster import ClusterError, PrivateCluster

LOADED = (psycopg, sqlalchemy)


def main(method: str, data_dir: str, uid: str) -> int:
    if os.geteuid() != int(uid):
        os.setgroups([])
        os.setgid(int(uid))
        os.setuid(int(uid))
    try:
        result = getattr(PrivateCluster(Path(data_dir)), method)()
    except ClusterError as error:
        sys.stdout.write(f"ClusterError: {error}\n")
        return 3
    sys.stdout.write(f"{result}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
