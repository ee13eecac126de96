"""Alembic's entry: migrates over the connection that `logger.ledger.store` already holds."""

import sqlmodel
from alembic import context

from logger.ledger import models  # noqa: F401  fills the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=sqlmodel.SQLModel.metadata,
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
