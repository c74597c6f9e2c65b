"""Enrichment: stages answer tasks about every record; the only writer of annotations."""

from jianwei.enrich._base import Stage
from jianwei.enrich.runner import EnrichReport, StageReport, enrich

__all__ = ["EnrichReport", "Stage", "StageReport", "enrich"]
