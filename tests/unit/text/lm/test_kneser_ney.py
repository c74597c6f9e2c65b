"""Counts, discounts and probabilities, against Kneser–Ney written with dictionaries."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.text.lm.grams import Grams, grams_of
from jianwei.text.lm.model import LanguageModel
from jianwei.text.lm.pruning import levels_of, pruned
from jianwei.text.lm.smoothing import discounts_of, estimate
from jianwei.text.lm.trie import Level
from jianwei.text.lm.vocabulary import MARKS, Vocabulary, vocabulary_of
from jianwei.text.lm.windows import batches, gather

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
from benchmarks.plain_lm import BEGIN, END, UNKNOWN, PlainKneserNey

corpora = st.lists(st.text("ab我𠮷", min_size=1, max_size=9), min_size=1, max_size=25)
orders = st.integers(1, 5)
ROUNDING = 1.7e-4  # of one cost


def parts(texts: list[str], order: int, min_count: int = 1) -> tuple[tuple[Grams, ...], Vocabulary]:
    windows = gather(batches(texts, "test"), order)
    vocabulary = vocabulary_of(windows, min_count)
    return grams_of(windows, vocabulary), vocabulary


def written(grams: tuple[Grams, ...], vocabulary: Vocabulary) -> list[list[str]]:
    """The n-grams of every order as text."""
    names = [BEGIN, END, UNKNOWN, *vocabulary.characters]
    made = [names]
    for level in grams[1:]:
        made.append([made[-1][p] + names[c] for p, c in zip(level.parents, level.characters, strict=True)])
    return made


@settings(max_examples=60, deadline=None)
@given(corpora, orders)
def test_probabilities_are_those_of_the_recursion(texts: list[str], order: int) -> None:
    plain = PlainKneserNey(order).fit(texts)
    grams, vocabulary = parts(texts, order)
    estimates, discounts = estimate(grams)
    assert np.array(discounts) == pytest.approx(np.array(plain.discounts))
    for names, found in zip(written(grams, vocabulary), estimates, strict=True):
        assert names == sorted(
            names, key=lambda gram: [([BEGIN, END, UNKNOWN, *vocabulary.characters]).index(c) for c in gram]
        )
        for name, p in zip(names, found.probabilities, strict=True):
            assert p == pytest.approx(0 if name == BEGIN else plain.probability(name[-1], name[:-1]), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(corpora, orders, st.text("ab我x", max_size=7))
def test_what_is_expected_after_any_context(texts: list[str], order: int, context: str) -> None:
    plain = PlainKneserNey(order).fit(texts)
    model = LanguageModel(order).fit(texts)
    known = {c if c in model.vocabulary.characters else UNKNOWN for c in context}
    asked = "".join(c if c in known else UNKNOWN for c in context)
    chances = model.expect(context)
    assert chances[0] == 0
    for name, p in zip([END, UNKNOWN, *model.vocabulary.characters], chances[1:], strict=True):
        assert p == pytest.approx(plain.probability(name, plain.context(asked)), rel=ROUNDING * order)
    best = max(chances[MARKS:])
    assert model.next(context, 1)[0].probability == pytest.approx(best)


@settings(max_examples=40, deadline=None)
@given(corpora, orders, st.lists(st.text("ab我x", max_size=9), min_size=1, max_size=5))
def test_a_text_scores_what_its_characters_do(texts: list[str], order: int, others: list[str]) -> None:
    plain = PlainKneserNey(order).fit(texts)
    known = set("".join(texts))
    for text, score in zip(others, LanguageModel(order).fit(texts).score(others), strict=True):
        asked = "".join(c if c in known else UNKNOWN for c in text)
        logs = [math.log(plain.probability(c, plain.context(asked[:i]))) for i, c in enumerate(asked + END)]
        assert score == pytest.approx(sum(logs) / len(logs), abs=ROUNDING * order)


def after(levels: tuple[Level, ...], context: list[int]) -> np.ndarray:
    """The distribution after a context by the definition of backing off, in double precision."""
    lower = levels[0].probabilities if not context else after(levels, context[1:])
    if not context:
        return lower
    node = context[0]
    for level, character in zip(levels[1:], context[1:], strict=False):
        found = np.flatnonzero((level.parents == node) & (level.characters == character))
        if not len(found):
            return lower
        node = int(found[0])
    level = levels[len(context)]
    mine = level.parents == node
    if not mine.any():
        return lower
    chances = lower * level.backs[node]
    chances[level.characters[mine]] = level.probabilities[mine]
    return chances


@settings(max_examples=60, deadline=None)
@given(corpora, st.integers(2, 5), st.sampled_from([0.0, 1e-4, 1e-3, 1e-2, 0.5]), st.data())
def test_probabilities_sum_to_one_pruned_or_not(
    texts: list[str], order: int, threshold: float, data: st.DataObject
) -> None:
    grams, vocabulary = parts(texts, order)
    estimates, _ = estimate(grams)
    levels = pruned(grams, estimates, threshold) if threshold else levels_of(grams, estimates)
    context = data.draw(st.lists(st.integers(1, len(vocabulary) - 1), max_size=order - 1))
    if data.draw(st.booleans()):
        context = [0, *context][: order - 1]
    chances = after(levels, context)
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert (chances[1:] > 0).all()
    model = LanguageModel(order, prune=threshold).fit(texts)
    named = "".join(vocabulary.name(c) or "?" for c in context if c)
    assert model.expect(named).sum() == pytest.approx(1, abs=ROUNDING * order)


def test_a_page_of_counts_by_hand() -> None:
    # <s> a b </s>, <s> a c </s>: "a" has one left neighbour, as "b" and "c" have; the end has two.
    grams, vocabulary = parts(["ab", "ac"], 2)
    a, b, c = ("abc".index(name) + MARKS for name in "abc")
    assert vocabulary.characters == "abc"
    assert grams[0].counts.tolist() == [0, 2, 0, 1, 1, 1]
    assert grams[0].raw.tolist() == [2, 2, 0, 2, 1, 1]
    pairs = list(zip(grams[1].parents.tolist(), grams[1].characters.tolist(), grams[1].counts.tolist(), strict=True))
    assert pairs == [(0, a, 2), (a, b, 1), (a, c, 1), (b, 1, 1), (c, 1, 1)]


def test_discounts_are_those_of_the_paper() -> None:
    # n1 … n4 = 100, 40, 20, 10: Y = 100 / 180.
    y = 100 / 180
    counts = np.repeat([1, 2, 3, 4, 9], [100, 40, 20, 10, 7])
    assert discounts_of(counts) == pytest.approx((1 - 2 * y * 40 / 100, 2 - 3 * y * 20 / 40, 3 - 4 * y * 10 / 20))


def test_rare_characters_are_one_unknown_character() -> None:
    model = LanguageModel(2, min_count=2).fit(["甲乙", "甲丙", "甲丁"])
    assert model.vocabulary.characters == "甲"
    assert model.facts.unknown == 3
    # After 甲 an unknown character always came: it is nearly certain, and stands for any that is not known.
    assert model.expect("甲")[2] > 0.6
    assert model.score(["甲乙"])[0] == model.score(["甲戊"])[0]
    assert [text for text, _ in model.next("甲", 3)] == ["甲"]
