"""How somebody feels who said something, and what they want: the packaged models, read as the text stage reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Mood", "moods"]

_LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Mood:
    """What the models say of a text.

    Attributes:
        sentiment: "negative", "neutral" or "positive".
        score: its probability.
        emotion: "angry", "fear", "happy", "sad" or "surprise", where it is likelier than not; else "".
        topics: what a customer wants ("shipping", "refund", …), whatever is likelier than not.
    """

    sentiment: str
    score: float
    emotion: str = ""
    topics: tuple[str, ...] = ()


def moods(texts: Sequence[str]) -> tuple[Mood | None, ...]:
    """One a text; None where a text has no Chinese character: the models read nothing else.

    Raises:
        ModelNotFoundError: a packaged model is not there.
    """
    from jianwei.speech.writing import has_han
    from jianwei.text import load_builtin, sentiment
    from jianwei.text.inputs import as_strings

    chinese = [has_han(text) for text in texts]
    filled = [text for text, read in zip(texts, chinese, strict=True) if read]
    if not filled:
        return tuple(None for _ in texts)
    strings, felt = as_strings(filled, "voices"), sentiment(filled)
    feeling, service = load_builtin("emotion"), load_builtin("service")
    emotions, wants = feeling.probabilities(strings), service.probabilities(strings)
    found = iter(
        Mood(
            str(felt.label[at]),
            float(felt.score[at]),
            next(iter(_likely(emotions[at], feeling.classes, "neutral")), ""),
            _likely(wants[at], service.classes, "other"),
        )
        for at in range(len(filled))
    )
    return tuple(next(found) if read else None for read in chinese)


def _likely(chances: Sequence[float], classes: Sequence[str], plain: str) -> tuple[str, ...]:
    """The classes that are likelier than not, the likeliest first, without the one that goes without saying."""
    held = [(float(chance), name) for chance, name in zip(chances, classes, strict=True) if chance > _LIKELY]
    return tuple(name for _, name in sorted(held, reverse=True) if name != plain)
