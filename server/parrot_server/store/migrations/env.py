"""What alembic runs; ``run.config_for`` hands over the connection."""

from alembic import context

from parrot_server.store import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
