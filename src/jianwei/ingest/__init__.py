"""Bringing records in: the only writer of the canonical tables of records."""

from jianwei.ingest._base import Decide, ImportOptions, ImportReport, InputReport, rows_of
from jianwei.ingest.downloads import DownloadReport, GoneError, download_media
from jianwei.ingest.files import import_files, retry_quarantine
from jianwei.ingest.flush import FlushReport, flush

__all__ = [
    "Decide",
    "DownloadReport",
    "FlushReport",
    "GoneError",
    "ImportOptions",
    "ImportReport",
    "InputReport",
    "download_media",
    "flush",
    "import_files",
    "retry_quarantine",
    "rows_of",
]
