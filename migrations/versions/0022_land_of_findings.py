"""The land of findings, so that they are a collection and a layer of the map."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# The same names as later scans give: topic, and a digest of the year and the subject.
_NAME_FINDINGS = """
update land_finding f
   set topic = s.topic,
       feature_id = s.topic || '-' || left(encode(sha256(convert_to(
           case s.period when '' then f.subject else s.period || '/' || f.subject end, 'UTF8')), 'hex'), 16)
  from land_scan s
 where s.id = f.land_scan_id
"""


def upgrade() -> None:
    srid = op.get_context().opts["storage_srid"]
    for name in ("feature_id", "topic"):
        op.add_column("land_finding", sa.Column(name, sa.Text(), nullable=True))
    op.execute(_NAME_FINDINGS)
    for name in ("feature_id", "topic"):
        op.alter_column("land_finding", name, nullable=False)
    op.add_column("land_finding", sa.Column("geom", Geometry("MULTIPOLYGON", srid=srid, spatial_index=False)))
    op.create_index("ix_land_finding_feature_id", "land_finding", ["feature_id"])
    op.create_index("ix_land_finding_geom", "land_finding", ["geom"], postgresql_using="gist")


def downgrade() -> None:
    for name in ("ix_land_finding_geom", "ix_land_finding_feature_id"):
        op.drop_index(name, "land_finding")
    for name in ("geom", "topic", "feature_id"):
        op.drop_column("land_finding", name)
