"""How Alembic meets the application: `flask db upgrade` and `flask db revision --autogenerate` come through here."""

from alembic import context
from flask import current_app
from sqlalchemy import text

PATIENCE = "4s"  # a migration that cannot get its lock gives up, instead of stopping the market behind it


def not_the_queues(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """The job queue's tables are procrastinate's own, so autogenerate leaves them alone."""
    return not (kind in ("table", "index") and name and "procrastinate" in name)


database = current_app.extensions["migrate"].db
with database.engine.connect() as connection:
    connection.execute(text(f"SET lock_timeout = '{PATIENCE}'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=database.metadatas[None],
        include_object=not_the_queues,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
