"""Bringing in what platforms keep for an account: followers, articles, comments, figures, groups, archives."""

from jianwei.ingest.pull._base import Batch, Part, PartReport, PullOptions, PullReport
from jianwei.ingest.pull.official import official_parts
from jianwei.ingest.pull.running import position_name, pull
from jianwei.ingest.pull.weibo import weibo_parts

__all__ = [
    "Batch",
    "Part",
    "PartReport",
    "PullOptions",
    "PullReport",
    "official_parts",
    "position_name",
    "pull",
    "weibo_parts",
]
