"""Records as files: a canonical table as CSV, XLSX or Parquet, a conversation as ChatLab."""

from __future__ import annotations

from pathlib import Path

from jianwei.engines import Scope
from jianwei.errors import JianweiError, UsageError
from jianwei.records import TABLES
from jianwei.workspace.workspace import Workspace

__all__ = ["export_conversation", "export_table"]


def export_table(workspace: Workspace, name: str, path: Path) -> int:
    """Write a canonical table; the suffix of `path` (.csv, .xlsx, .parquet) says how.

    Returns:
        rows written.

    Raises:
        UsageError: no such table, or a suffix that stands for no format.
        JianweiError: the file cannot be written.
    """
    from jianwei.render.export import write_csv, write_parquet, write_xlsx

    if name not in TABLES:
        raise UsageError("table", f"{name!r} is unknown", f"known are {', '.join(TABLES)}")
    zone = workspace.settings.timezone
    with workspace.engine.open(workspace.store.lake.snapshot([name]), Scope(zone)) as session:
        table = session.table(name)
        order = [column for column in ("ts_us", "seq", *TABLES[name].key) if column in table.columns]
        rows = session.execute(table.order_by(order))
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            write_csv(path, rows, zone=zone)
        elif suffix == ".xlsx":
            write_xlsx(path, {name: rows}, zone=zone)
        elif suffix == ".parquet":
            write_parquet(path, rows)
        else:
            raise UsageError(str(path), f"{suffix or 'no suffix'} stands for no format", "end the name with .csv, .xlsx or .parquet")
    except OSError as error:
        raise JianweiError(str(path), f"cannot be written ({error.strerror})", "choose another place") from None
    return int(rows.num_rows)
