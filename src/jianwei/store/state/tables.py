"""The operational tables, one family after the other. Migrations create exactly these (a test compares)."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = [
    "HEAD",
    "answers",
    "current_models",
    "inputs",
    "leases",
    "metadata",
    "positions",
    "quarantine",
]

HEAD = "0001"
"""Revision of the newest migration; a database at another revision is migrated when it is opened."""

metadata = sa.MetaData()

inputs = sa.Table(
    "inputs",
    metadata,
    sa.Column("input_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),  # the path that was named in the import
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # reading, done, failed, rejected
    sa.Column("detail", sa.Text, nullable=False, default=""),
    sa.Column("read", sa.Text, nullable=False, default="{}"),  # JSON: table → rows met
    sa.Column("added", sa.Text, nullable=False, default="{}"),  # JSON: table → rows this input was the first to bring
    sa.Column("first_us", sa.BigInteger, nullable=False),
    sa.Column("last_us", sa.BigInteger, nullable=False),
)

positions = sa.Table(
    "positions",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),  # JSON
    sa.Column("updated_us", sa.BigInteger, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, primary_key=True),
    sa.Column("mode", sa.Text, nullable=False),  # shared, exclusive
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started", sa.Text, nullable=False),  # start of the process, tells a reused pid
    sa.Column("expires_us", sa.BigInteger, nullable=False),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("input_id", sa.Text, primary_key=True),
    sa.Column("line", sa.BigInteger, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Column("seen_us", sa.BigInteger, nullable=False),
)

current_models = sa.Table(
    "current_models",
    metadata,
    sa.Column("task", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("since_us", sa.BigInteger, nullable=False),
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("used_us", sa.BigInteger, nullable=False),
)
