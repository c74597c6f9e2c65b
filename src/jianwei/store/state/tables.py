"""The operational tables, one family after the other. Migrations create exactly these (a test compares)."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = [
    "HEAD",
    "accounts",
    "answers",
    "claims",
    "current_models",
    "downloads",
    "grants",
    "inbox",
    "inboxes",
    "inputs",
    "leases",
    "login_states",
    "metadata",
    "positions",
    "quarantine",
    "tokens",
]

HEAD = "0003"
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

# --- the platform: who we are there, and what it gave us. Sealed columns hold what `store.secrets` made of a text. --------------

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("app_id", sa.Text, nullable=False),
    sa.Column("secret", sa.LargeBinary),  # sealed
    sa.Column("token", sa.LargeBinary),  # sealed
    sa.Column("aes_key", sa.LargeBinary),  # sealed
    sa.Column("attrs", sa.Text, nullable=False),  # JSON
    sa.Column("created_us", sa.BigInteger, nullable=False),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),  # sealed
    sa.Column("expires_us", sa.BigInteger, nullable=False),
)

login_states = sa.Table(
    "login_states",
    metadata,
    sa.Column("state_hash", sa.Text, primary_key=True),  # SHA-256: who reads this table cannot finish anybody's log-in
    sa.Column("app_id", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("next", sa.Text, nullable=False),
    sa.Column("expires_us", sa.BigInteger, nullable=False),
)
sa.Index("login_states_expires", login_states.c.expires_us)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("app_id", sa.Text, primary_key=True),
    sa.Column("openid", sa.Text, primary_key=True),
    sa.Column("union_id", sa.Text),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("access_token", sa.LargeBinary, nullable=False),  # sealed
    sa.Column("expires_us", sa.BigInteger, nullable=False),
    sa.Column("refresh_token", sa.LargeBinary, nullable=False),  # sealed
    sa.Column("refresh_expires_us", sa.BigInteger, nullable=False),
)

# --- deliveries of the webhook ----------------------------------------------------------------------------------------

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary),  # null once it is in the lake
    sa.Column("answer", sa.LargeBinary, nullable=False),
    sa.Column("received_us", sa.BigInteger, nullable=False),
    sa.Column("batch_no", sa.BigInteger),  # the batch it is flushed with
    sa.Column("flushed_us", sa.BigInteger),
    sqlite_with_rowid=False,
)
sa.Index("inbox_received", inbox.c.received_us)
sa.Index(
    "inbox_waiting",
    inbox.c.batch_no,
    sqlite_where=inbox.c.body.is_not(None),
    postgresql_where=inbox.c.body.is_not(None),
)

claims = sa.Table(  # only where several processes write: a single writer keeps them in memory
    "claims",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("until_us", sa.BigInteger, nullable=False),
)

inboxes = sa.Table(  # one row: this database's inbox
    "inboxes",
    metadata,
    sa.Column("inbox_id", sa.Text, primary_key=True),  # stable name in the lake's log
    sa.Column("batch_no", sa.BigInteger, nullable=False),  # the last batch number given out
)

downloads = sa.Table(
    "downloads",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("media_id", sa.Text, primary_key=True),  # the platform's
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("ts_us", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_us", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # waiting, done, gone, failed
    sa.Column("detail", sa.Text, nullable=False),
)
sa.Index("downloads_due", downloads.c.status, downloads.c.next_us)
