"""Alembic asks for this file; the environment is configured by `database._migrate`, which never goes through it."""
