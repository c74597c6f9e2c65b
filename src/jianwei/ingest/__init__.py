"""Bringing records in: the only writer of the canonical tables of records."""

from jianwei.ingest._base import Decide, ImportOptions, ImportReport, InputReport, rows_of
from jianwei.ingest.files import import_files, retry_quarantine
from jianwei.ingest.flush import FlushReport, flush

__all__ = [
    "Decide",
    "FlushReport",
    "ImportOptions",
    "ImportReport",
    "InputReport",
    "flush",
    "import_files",
    "retry_quarantine",
    "rows_of",
]
