"""Log-ins that nobody finishes are found by their end."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("login_states_expires", "login_states", ["expires_us"])


def downgrade() -> None:
    op.drop_index("login_states_expires", "login_states")
