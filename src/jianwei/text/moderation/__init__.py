"""Advertising, fraud and abuse: `judge`, the spelling that it reads, the signals that it weighs."""

from jianwei.text.moderation.judging import CLASSES, ENTRY, NORMAL, Judgements, Moderator, default_moderator, judge
from jianwei.text.moderation.signals import SIGNALS

__all__ = ["CLASSES", "ENTRY", "NORMAL", "SIGNALS", "Judgements", "Moderator", "default_moderator", "judge"]
