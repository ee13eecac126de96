"""Quarantine: records that came from elsewhere and do not fit the chain that is here.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of records that are kept aside."""
    op.create_table(
        "quarantine",
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "writer", "seq", "digest"),
        sa.CheckConstraint("why IN ('fork', 'altered', 'refused')", name="why_is_known"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """What was kept aside is evidence and never dropped."""
    raise NotImplementedError("the quarantine is never dropped")
