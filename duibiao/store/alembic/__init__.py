"""Alembic's environment, the same for every schema; `duibiao/store/schema.py` runs it."""
