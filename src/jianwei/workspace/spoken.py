"""What people said in a workspace, to train on."""

from __future__ import annotations

import pyarrow as pa

from jianwei.engines import Scope
from jianwei.query._base import ModelId
from jianwei.query.views import said
from jianwei.workspace.workspace import Workspace

__all__ = ["spoken"]

_TABLES = ("annotations", "links", "messages")


def spoken(workspace: Workspace) -> pa.StringArray:
    """The texts of all messages and transcripts, as they came; what was only read in pictures is nobody's way of speaking (see
    `query.views.said`).
    """
    models = {task: ModelId(*identity) for task, identity in workspace.store.state.current().items()}
    scope = Scope(workspace.settings.timezone, models=models)
    with workspace.engine.open(workspace.store.lake.snapshot(_TABLES), scope) as session:
        rows = said(session)
        rows = rows.filter(rows.origin != "read")
        texts = session.execute(rows.order_by(rows.ts_us, rows.seq, rows.message_id).select("text"))
    return texts["text"].combine_chunks().cast(pa.string())
