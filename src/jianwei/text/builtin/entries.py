"""The files of the packaged linear models: lines of the lock file. `tools/train_text.py` makes them; each has a card in docs/models."""

from __future__ import annotations

from jianwei.errors import UsageError
from jianwei.models import ModelEntry, known_model

__all__ = ["BUILTINS", "entry_of"]

BUILTINS = ("sentiment", "emotion", "topic", "service")
"""Names of the packaged models."""


def entry_of(name: str) -> ModelEntry:
    """Where the file of a packaged model is looked for, and what it must hash to.

    Raises:
        UsageError: there is no such model.

    >>> entry_of("sentiment").file
    'sentiment.model'
    """
    if name not in BUILTINS:
        raise UsageError("model", f"{name!r} does not come with the package", f"choose from {', '.join(BUILTINS)}")
    return known_model(name).entry
