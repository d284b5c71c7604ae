"""Revisions, each a file of Alembic's. What a release has had is never changed."""
