"""The models that come with the package, and the doors to them."""

from jianwei.text.builtin.doors import ACCURATE, emotion, load_builtin, sentiment, topic
from jianwei.text.builtin.entries import BUILTINS, entry_of

__all__ = ["ACCURATE", "BUILTINS", "emotion", "entry_of", "load_builtin", "sentiment", "topic"]
