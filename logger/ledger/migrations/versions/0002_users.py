"""Users: who may use the program. What happened to each stands in the stream ``system``.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of users."""
    op.create_table(
        "user",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("active", sa.Integer, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("pin", sa.Text),
        sa.Column("must_change", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.Integer, nullable=False),
        sa.CheckConstraint("role IN ('nurse', 'physician', 'qa', 'admin')", name="role_is_known"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Users are never dropped: their names stand in records."""
    raise NotImplementedError("users are never dropped")
