"""Run revisions on the connection given, whose transaction belongs to the caller."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
