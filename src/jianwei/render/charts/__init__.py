"""One file per family of charts: a typed result in, a `Chart` out."""

from jianwei.render.charts._base import Chart, function, ink, to_json, words
from jianwei.render.charts.anomalies import anomalies
from jianwei.render.charts.aspects import aspect_trend, aspects
from jianwei.render.charts.contrast import contrast
from jianwei.render.charts.conversion import conversion
from jianwei.render.charts.hours import hours
from jianwei.render.charts.latency import latency
from jianwei.render.charts.mood import mood, mood_by
from jianwei.render.charts.pictures import picture_kinds, unsafe
from jianwei.render.charts.ranking import ranking
from jianwei.render.charts.reliability import confusion, reliability
from jianwei.render.charts.rfm import rfm
from jianwei.render.charts.rule_matrix import rule_matrix
from jianwei.render.charts.rule_network import rule_network
from jianwei.render.charts.sequences import sequences
from jianwei.render.charts.tags import emotions, flags, want_trend, wants
from jianwei.render.charts.talk import cloud, keywords
from jianwei.render.charts.topics import topics
from jianwei.render.charts.voices import sent, voice_wants
from jianwei.render.charts.volume import volume

__all__ = [
    "Chart",
    "anomalies",
    "aspect_trend",
    "aspects",
    "cloud",
    "confusion",
    "contrast",
    "conversion",
    "emotions",
    "flags",
    "function",
    "hours",
    "ink",
    "keywords",
    "latency",
    "mood",
    "mood_by",
    "picture_kinds",
    "ranking",
    "reliability",
    "rfm",
    "rule_matrix",
    "rule_network",
    "sent",
    "sequences",
    "to_json",
    "topics",
    "unsafe",
    "voice_wants",
    "volume",
    "want_trend",
    "wants",
    "words",
]
