"""Records as files: a canonical or derived table as CSV, XLSX or Parquet, a conversation as ChatLab."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pyarrow as pa

from jianwei.engines import Scope
from jianwei.errors import JianweiError, UsageError
from jianwei.records import TABLES
from jianwei.store import now_us
from jianwei.workspace.workspace import Workspace

__all__ = ["export_conversation", "export_table", "write_rows"]


def export_table(workspace: Workspace, name: str, path: Path) -> int:
    """Write a canonical table or a derived one; the suffix of `path` (.csv, .xlsx, .parquet) says how.

    Returns:
        rows written.

    Raises:
        UsageError: no such table, or a suffix that stands for no format.
        JianweiError: the file cannot be written.
    """
    rows = _rows(workspace, name)
    write_rows(path, name, rows, workspace.settings.timezone)
    return int(rows.num_rows)


def _rows(workspace: Workspace, name: str) -> pa.Table:
    if name in TABLES:
        with workspace.engine.open(
            workspace.store.lake.snapshot([name]), Scope(workspace.settings.timezone)
        ) as session:
            table = session.table(name)
            order = [column for column in ("ts_us", "seq", *TABLES[name].key) if column in table.columns]
            return session.execute(table.order_by(order))
    if kept := workspace.store.derived().get(name):
        return kept.rows
    known = ", ".join((*TABLES, *workspace.store.derived().names()))
    hint = f"known are {known}"
    if name in ("rules", "itemsets"):
        hint = f"keep them first: jianwei mine {name} --keep"
    raise UsageError("table", f"{name!r} is unknown", hint)


def write_rows(path: Path, name: str, rows: pa.Table, zone: str) -> None:
    """Write rows to a file whose suffix (.csv, .xlsx, .parquet) says how; `name` is that of the sheet.

    Raises:
        UsageError: the suffix stands for no format.
        JianweiError: the file cannot be written.
    """
    from jianwei.render.export import write_csv, write_parquet, write_xlsx

    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            write_csv(path, rows, zone=zone)
        elif suffix == ".xlsx":
            write_xlsx(path, {name: rows}, zone=zone)
        elif suffix == ".parquet":
            write_parquet(path, rows)
        else:
            raise UsageError(
                str(path), f"{suffix or 'no suffix'} stands for no format", "end the name with .csv, .xlsx or .parquet"
            )
    except OSError as error:
        raise JianweiError(str(path), f"cannot be written ({error.strerror})", "choose another place") from None


def export_conversation(workspace: Workspace, name: str, path: Path) -> int:
    """Write one conversation in the ChatLab format; .jsonl writes a line for each message, anything else one JSON document.

    Args:
        name: the conversation's id, its key in the source, or its title.

    Returns:
        messages written.

    Raises:
        UsageError: no conversation is called so, or several are.
        JianweiError: the file cannot be written.
    """
    from jianwei.render.export.chatlab import ChatTables, write_chatlab

    tables = ("conversations", "members", "messages", "names", "users")
    with workspace.engine.open(workspace.store.lake.snapshot(tables), Scope(workspace.settings.timezone)) as session:
        chats = session.table("conversations")
        found = session.execute(
            chats.filter((chats.conversation_id == name) | (chats.key == name) | (chats.title == name))
        )
        if found.num_rows != 1:
            what = f"{found.num_rows} conversations are called {name!r}"
            ids = ", ".join(found.column("conversation_id").to_pylist()[:5])
            raise UsageError(
                "--conversation", what, f"name one by its id: {ids}" if ids else "see `export conversations`"
            )
        chat_id = found.column("conversation_id")[0].as_py()
        members = session.table("members")
        messages = session.table("messages")
        messages = messages.filter(messages.conversation_id == chat_id).order_by("ts_us", "seq", "message_id")
        chat = ChatTables(
            conversation=found,
            users=session.execute(session.table("users")),
            members=session.execute(members.filter(members.conversation_id == chat_id)),
            names=session.execute(session.table("names")),
        )
        form: Literal["json", "jsonl"] = "jsonl" if path.suffix.lower() == ".jsonl" else "json"
        try:
            with path.open("wb") as out:
                return write_chatlab(out, chat, session.stream(messages, 50_000), exported_us=now_us(), form=form)
        except OSError as error:
            raise JianweiError(str(path), f"cannot be written ({error.strerror})", "choose another place") from None
