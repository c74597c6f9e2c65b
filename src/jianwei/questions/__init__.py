"""Questions by name, and their answers."""

from jianwei.questions.answer import Asker, Coverage, answer
from jianwei.questions.catalog import CATALOG, Entry, Setting, find, settings_of

__all__ = ["CATALOG", "Asker", "Coverage", "Entry", "Setting", "answer", "find", "settings_of"]
