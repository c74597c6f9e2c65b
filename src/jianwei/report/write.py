"""The report on disk: one page, and beside it a folder with every table and picture.

Everything is written under temporary names and moved into place at the end, so a report is there whole or not at all. What an earlier run
wrote under the same name is kept: it gets the time it was made at into its name.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jianwei.common.files import OWN_MARKER
from jianwei.common.progress import Progress, SilentProgress
from jianwei.errors import JianweiError
from jianwei.render.draw import Painter
from jianwei.render.export import write_tables
from jianwei.report._base import ReportPage
from jianwei.report.page import render_page

__all__ = ["data_folder", "write_report"]


def data_folder(path: Path) -> Path:
    """The folder of tables and pictures that belongs to a report.

    >>> data_folder(Path("out/report.html")).as_posix()
    'out/report-data'
    """
    return path.with_name(f"{path.stem}-data")


def write_report(
    page: ReportPage, path: Path, *, language: str = "zh_CN", files: bool = True, progress: Progress | None = None
) -> Path:
    """Write a report as `path` and, beside it, its tables (CSV, XLSX, Parquet) and pictures (PNG).

    Args:
        page: the report.
        path: the HTML file; folders above it are made.
        language: the language the page opens in and the pictures are in.
        files: whether to write tables and pictures.
        progress: shows how many pictures are drawn.

    Returns:
        `path`, made absolute.

    Raises:
        JianweiError: the place cannot be written to, or the charts' script is missing.
    """
    target = path.expanduser().absolute()
    folder = data_folder(target)
    html = render_page(page, language=language, data_folder=folder.name if files else None)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        room = Path(mkdtemp(prefix=f".{target.stem}-", dir=target.parent))
    except OSError as error:
        raise JianweiError(
            str(target.parent), f"cannot be written to ({error.strerror})", "choose another place with -o"
        ) from error
    try:
        (room / target.name).write_text(html, "utf-8")
        if files:
            _write_files(page, room / folder.name, language, progress or SilentProgress())
        _keep_previous(target, folder, page.zone)
        if files:
            (room / folder.name).rename(folder)
        (room / target.name).replace(target)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return target


def _write_files(page: ReportPage, folder: Path, language: str, progress: Progress) -> None:
    folder.mkdir()
    (folder / OWN_MARKER).touch()  # a later analysis of the folder around it does not read what this one wrote
    write_tables(folder, page.tables, zone=page.zone)
    painter = Painter(language)
    with progress.task("pictures", len(page.charts), "charts") as task:
        for chart in page.charts:
            (folder / f"{chart.key}.png").write_bytes(painter.png(chart))
            task.advance()


def _keep_previous(target: Path, folder: Path, zone: str) -> None:
    """Give an earlier report and its folder the time it was made at as part of their names."""
    present = target if target.exists() else folder if folder.exists() else None
    if present is None:
        return
    made = datetime.fromtimestamp(present.stat().st_mtime, ZoneInfo(zone))
    stamp, number = f"{made:%Y%m%d-%H%M%S}", 1
    kept = target.with_name(f"{target.stem}-{stamp}{target.suffix}")
    while kept.exists() or data_folder(kept).exists():
        number += 1
        kept = target.with_name(f"{target.stem}-{stamp}-{number}{target.suffix}")
    # The page links to the folder by name; both keep their distance, and the links in the kept page are mended.
    if folder.exists():
        folder.rename(data_folder(kept))
    if target.exists():
        _relink(target, folder.name, data_folder(kept).name)
        target.rename(kept)


def _relink(page: Path, old: str, new: str) -> None:
    text = page.read_text("utf-8")
    page.write_text(text.replace(f'href="{quote(old)}/', f'href="{quote(new)}/'), "utf-8")
