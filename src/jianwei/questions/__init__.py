"""Questions by name, and their answers."""

from jianwei.questions.answer import Coverage, answer
from jianwei.questions.catalog import CATALOG, Entry, Setting, find, settings_of

__all__ = ["CATALOG", "Coverage", "Entry", "Setting", "answer", "find", "settings_of"]
