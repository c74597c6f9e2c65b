"""The report: questions become findings, charts and tables on one page that opens offline."""

from jianwei.report._base import Ask, InputLine, ReportPage
from jianwei.report.build import build_report
from jianwei.report.page import render_page
from jianwei.report.write import data_folder, write_report

__all__ = ["Ask", "InputLine", "ReportPage", "build_report", "data_folder", "render_page", "write_report"]
