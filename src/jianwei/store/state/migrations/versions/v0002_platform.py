"""The platform: accounts, tokens, log-ins, grants, the inbox, downloads."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary),
        sa.Column("token", sa.LargeBinary),
        sa.Column("aes_key", sa.LargeBinary),
        sa.Column("attrs", sa.Text, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "login_states",
        sa.Column("state_hash", sa.Text, primary_key=True),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("next", sa.Text, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "grants",
        sa.Column("app_id", sa.Text, primary_key=True),
        sa.Column("openid", sa.Text, primary_key=True),
        sa.Column("union_id", sa.Text),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("access_token", sa.LargeBinary, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.Column("refresh_token", sa.LargeBinary, nullable=False),
        sa.Column("refresh_expires_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("received_us", sa.BigInteger, nullable=False),
        sa.Column("batch_no", sa.BigInteger),
        sa.Column("flushed_us", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    waiting = sa.text("body IS NOT NULL")
    op.create_index("inbox_received", "inbox", ["received_us"])
    op.create_index("inbox_waiting", "inbox", ["batch_no"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "claims",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until_us", sa.BigInteger, nullable=False),
    )
    inboxes = op.create_table(
        "inboxes",
        sa.Column("inbox_id", sa.Text, primary_key=True),
        sa.Column("batch_no", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(inboxes, [{"inbox_id": uuid4().hex, "batch_no": 0}])
    op.create_table(
        "downloads",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("media_id", sa.Text, primary_key=True),
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("ts_us", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_us", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("downloads_due", "downloads", ["status", "next_us"])


def downgrade() -> None:
    for name in ("downloads", "inboxes", "claims", "inbox", "grants", "login_states", "tokens", "accounts"):
        op.drop_table(name)
