"""The cells of comparisons of plans, their revisions and what-if branches, and from which revision to which a patch holds."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan_comparison", sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("plan_patch", sa.Column("since_revision", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("plan_patch", sa.Column("until_revision", sa.Integer(), nullable=True))
    op.create_table(
        "plan_comparison_state",
        _comparison("plan_comparison_state"),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("arrays", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("plan_comparison_id", name=op.f("pk_plan_comparison_state")),
    )
    op.create_table(
        "plan_cell_segment",
        _comparison("plan_cell_segment"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("plan_comparison_id", "number", name=op.f("pk_plan_cell_segment")),
    )
    op.create_table(
        "plan_comparison_revision",
        _comparison("plan_comparison_revision"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("plans", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("input_digest", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("parameter_rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_comparison_id", "revision", name=op.f("pk_plan_comparison_revision")),
    )
    # Doubles do not compress, and only what lies uncompressed can be read in part.
    op.execute("alter table plan_comparison_state alter column arrays set storage external")
    op.execute("alter table plan_cell_segment alter column cells set storage external")
    _create_branches(op.get_context().opts["storage_srid"])


def _create_branches(storage_srid: int) -> None:
    texts = [sa.Column(name, sa.Text(), nullable=False) for name in ("text_zh", "text_en")]
    lists = [
        sa.Column(name, postgresql.ARRAY(sa.Text()), nullable=False)
        for name in ("plan_statuses", "plan_codes", "hard_lines")
    ]
    op.create_table(
        "plan_branch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _comparison("plan_branch"),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("layer_id", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("owns_draft", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("delta", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.CheckConstraint("status in ('open', 'kept', 'discarded')", name=op.f("ck_plan_branch_status")),
        sa.CheckConstraint("(status = 'open') = (closed_at is null)", name=op.f("ck_plan_branch_closed_at")),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name=op.f("fk_plan_branch_layer_id_layer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_branch")),
    )
    op.create_index("ix_plan_branch_plan_comparison_id", "plan_branch", ["plan_comparison_id"], unique=False)
    op.create_table(
        "plan_branch_patch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_branch_id", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("conflict_class", sa.Text(), nullable=False),
        *lists,
        sa.Column("overlap_class", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        *texts,
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=False),
        sa.CheckConstraint("change in ('come', 'gone')", name=op.f("ck_plan_branch_patch_change")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_plan_branch_patch_geom_valid")),
        sa.ForeignKeyConstraint(
            ["plan_branch_id"],
            ["plan_branch.id"],
            name=op.f("fk_plan_branch_patch_plan_branch_id_plan_branch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_branch_patch")),
    )
    op.create_index(
        "ix_plan_branch_patch_plan_branch_id_id", "plan_branch_patch", ["plan_branch_id", "id"], unique=False
    )


def _comparison(table: str) -> sa.Column[int]:
    name = op.f(f"fk_{table}_plan_comparison_id_plan_comparison")
    reference = sa.ForeignKey("plan_comparison.id", name=name, ondelete="CASCADE")
    return sa.Column("plan_comparison_id", sa.BigInteger(), reference, nullable=False)


def downgrade() -> None:
    for table in (
        "plan_branch_patch",
        "plan_branch",
        "plan_comparison_revision",
        "plan_cell_segment",
        "plan_comparison_state",
    ):
        op.drop_table(table)
    # What holds no more is no patch of a schema that cannot say so.
    op.execute("delete from plan_patch where until_revision is not null")
    op.drop_column("plan_patch", "until_revision")
    op.drop_column("plan_patch", "since_revision")
    op.drop_column("plan_comparison", "revision")
