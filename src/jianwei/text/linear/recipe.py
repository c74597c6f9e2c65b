"""How a linear model is trained."""

from __future__ import annotations

from dataclasses import dataclass, field

from jianwei.text.linear.hashing import NGrams

__all__ = ["STRENGTHS", "Recipe"]

STRENGTHS = (0.1, 0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train.

    Attributes:
        ngrams: the features.
        min_texts: an n-gram must be in as many training texts.
        strengths: values of C to choose from, the inverse of the penalty.
        balanced: whether every class weighs the same, however many texts it has.
        seed: draws the tenth that chooses and calibrates.
    """

    ngrams: NGrams = field(default_factory=NGrams)
    min_texts: int = 2
    strengths: tuple[float, ...] = STRENGTHS
    balanced: bool = False
    seed: int = 0
