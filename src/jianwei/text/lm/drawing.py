"""Going on with a text: at random, or with what is nearly certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.text.lm._base import CharacterModel, Suggestion
from jianwei.text.lm.vocabulary import BEGIN_ID, END_ID, UNKNOWN_ID

__all__ = ["Drawing", "completions", "draw", "generate", "likeliest"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """How to choose the next character.

    Attributes:
        temperature: below 1 the probable becomes more probable; 0 always takes the most probable.
        top_k: so many of the most probable are in the draw; 0 for all.
        top_p: of the most probable, as many as together have this probability are in the draw, at least one.

    Raises:
        UsageError: a value out of bounds.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not (self.temperature >= 0 and self.top_k >= 0 and 0 < self.top_p <= 1):
            what = f"temperature {self.temperature}, top_k {self.top_k}, top_p {self.top_p} do not go"
            raise UsageError("generate", what, "temperature and top_k from 0 on, top_p above 0 and at most 1")


def draw(probabilities: NDArray[np.float64], how: Drawing, random: np.random.Generator) -> int:
    """The index of one of the probabilities.

    >>> draw(np.array([0.2, 0.5, 0.3]), Drawing(temperature=0), np.random.default_rng(0))
    1
    """
    if how.temperature == 0:
        return int(np.argmax(probabilities))
    order = np.argsort(-probabilities, kind="stable")[: how.top_k or None]
    with np.errstate(divide="ignore"):
        logs = np.log(probabilities[order]) / how.temperature
    weights = np.exp(logs - logs[0])
    sums = np.cumsum(weights / weights.sum())
    if how.top_p < 1:
        sums = sums[: int(np.searchsorted(sums, how.top_p)) + 1]
    return int(order[np.searchsorted(sums, random.random() * sums[-1], side="right")])


def generate(
    model: CharacterModel,
    prompt: str = "",
    *,
    length: int = 100,
    how: Drawing | None = None,
    stop: Sequence[str] = (),
    random: np.random.Generator,
) -> str:
    """What the model goes on with: at most `length` characters, to the end of the text, or to one of `stop`, which is left out.

    Raises:
        UsageError: a negative length, an empty stop.
    """
    if length < 0 or "" in stop or isinstance(stop, str):
        raise UsageError("generate", "length below 0, or stop is no list of words", "length=100, stop=['。']")
    how, made = how or Drawing(), ""
    while len(made) < length:
        chances = model.expect(prompt + made)
        chances[[BEGIN_ID, UNKNOWN_ID]] = 0
        number = draw(chances / chances.sum(), how, random)
        if number == END_ID:
            break
        made += model.vocabulary.name(number)
        if ended := [made.find(word) for word in stop if word in made]:
            return made[: min(ended)]
    return made


def likeliest(model: CharacterModel, context: str, k: int) -> list[Suggestion]:
    """The `k` most probable next characters that are no blanks, the most probable first."""
    chances = model.expect(context)
    names = ((model.vocabulary.name(n), float(chances[n])) for n in np.argsort(-chances, kind="stable").tolist())
    return list(islice((Suggestion(*found) for found in names if found[0].strip()), k))


def completions(
    model: CharacterModel, first: Sequence[Suggestion], context: str, longest: int, sure: float
) -> list[Suggestion]:
    """First characters, each drawn out for as long as the next is nearly certain.

    Args:
        first: what may come next.
        context: what stands before.
        longest: characters at most.
        sure: a character is added when it is at least this probable.

    Returns:
        the longer ones, the likeliest first, each with the probability of all its characters; two that are alike once.
    """
    found: dict[str, float] = {}
    for text, probability in first:
        while text and len(text) < longest:
            chances = model.expect(context + text)
            number = int(np.argmax(chances))
            if chances[number] < sure or not (name := model.vocabulary.name(number)):
                break
            text, probability = text + name, probability * float(chances[number])
        found.setdefault(text, probability)
    return [Suggestion(text, found[text]) for text in sorted(found, key=lambda text: -found[text])]
