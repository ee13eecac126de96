"""The first tables: record, session, patient, protocol, ledger.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Written out, not taken from the models: a migration never changes."""
    op.create_table(
        "patient",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("born", sa.Text),
        sqlite_strict=True,
    )
    op.create_table(
        "protocol",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("patient", sa.Text, sa.ForeignKey("patient.id"), nullable=False),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("protocol_digest", sa.Text, sa.ForeignKey("protocol.digest"), nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.Integer),
        sa.Column("closed_at", sa.Integer),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("demo", sa.Integer, nullable=False),
        sa.Column("clock_speed", sa.REAL, nullable=False),
        sa.CheckConstraint("state IN ('open', 'ended', 'closed')", name="state_is_known"),
        sqlite_strict=True,
    )
    op.create_table(
        "record",
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "writer", "seq"),
        sa.CheckConstraint("seq >= 0", name="seq_counts_from_zero"),
        sa.CheckConstraint("at > 0", name="at_is_microseconds"),
        sa.CheckConstraint("length(digest) = 64", name="digest_is_sha256"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("boot", sa.Text, nullable=False),
        sa.Column("anchor_utc", sa.Integer, nullable=False),
        sa.Column("anchor_boot", sa.Integer, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """There is nothing before the first tables: records are never dropped."""
    raise NotImplementedError("the first tables are never dropped")
