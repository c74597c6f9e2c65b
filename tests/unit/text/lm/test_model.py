"""Suggestions, generation, judgement, and the facts of a model."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from jianwei.errors import UsageError
from jianwei.text.lm.judging import held_out
from jianwei.text.lm.model import LanguageModel
from jianwei.text.lm.training import LEAST_TEXTS, train_and_judge

TEXTS = ["今天天气很好", "今天天气不错", "今天下午开会", "明天上午开会", "我不知道", "我知道了"] * 3


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return LanguageModel(5).fit(TEXTS)


def test_the_next_characters_are_the_most_probable_ones(model: LanguageModel) -> None:
    for context in ("", "今", "今天", "我不知", "天天天天天天", "没有见过"):
        chances = model.expect(context)
        found = model.next(context, 7, end=True)
        order = np.argsort(-np.where(np.arange(len(chances)) == 2, 0, chances), kind="stable")[:7]
        assert [text for text, _ in found] == [model.vocabulary.name(n) for n in order]
        assert [p for _, p in found] == pytest.approx(chances[order])


def test_the_end_is_only_told_of_when_asked_for(model: LanguageModel) -> None:
    assert model.next("我知道了", 1, end=True)[0].text == ""
    assert "" not in [text for text, _ in model.next("我知道了", 50)]
    assert len(model.next("今", 10_000)) == len(model.vocabulary.characters)
    assert model.next("今", 0) == []


def test_only_the_last_characters_count(model: LanguageModel) -> None:
    assert model.next("很久很久以前今天天气", 5) == model.next("今天天气", 5)
    assert model.next("天天气", 5) != model.next("今天天气", 5)


def test_suggestions_are_drawn_out_while_the_next_character_is_nearly_certain(model: LanguageModel) -> None:
    found = dict(model.suggest("今天下", 3))
    assert "午开会" in found
    product = 1.0
    for at, character in enumerate("午开会"):
        product *= dict(model.next("今天下" + "午开会"[:at], 100))[character]
    assert found["午开会"] == pytest.approx(product)
    assert max(len(text) for text, _ in model.suggest("今天", 5, longest=2)) == 2
    assert {len(text) for text, _ in model.suggest("今天", 5, sure=1.0)} == {1}


def test_generation_is_repeatable_and_ends(model: LanguageModel) -> None:
    assert model.generate("今天", seed=7) == model.generate("今天", seed=7)
    assert model.generate("今天", seed=np.random.default_rng(7)) == model.generate("今天", seed=7)
    assert len({model.generate(seed=n) for n in range(20)}) > 5
    assert len(model.generate(length=3, seed=1)) <= 3
    assert model.generate(length=0) == ""


def test_temperature_zero_takes_the_most_probable(model: LanguageModel) -> None:
    made = ""
    while (best := model.next("今天下" + made, 1, end=True)[0].text) != "":
        made += best
    assert made
    assert model.generate("今天下", temperature=0) == made
    assert model.generate("今天下", seed=1, top_k=1) == made
    assert model.generate("今天下", seed=1, top_p=1e-9) == made


def test_generation_stops_before_a_stop(model: LanguageModel) -> None:
    whole = model.generate("今天下", temperature=0)
    assert model.generate("今天下", temperature=0, stop=["没有", whole[1:3]]) == whole[:1]


def test_draws_follow_the_probabilities() -> None:
    model = LanguageModel(1).fit(["a" * 60 + "b" * 30 + "c" * 10])
    made = "".join(model.generate(length=50, seed=n) for n in range(200))
    chances = model.expect("")
    for number, name in enumerate("abc", 3):
        share = chances[number] / chances[3:].sum()
        assert made.count(name) / len(made) == pytest.approx(share, abs=4 * (share * (1 - share) / len(made)) ** 0.5)
    colder = "".join(model.generate(length=50, temperature=0.5, seed=n) for n in range(200))
    assert colder.count("a") / len(colder) > made.count("a") / len(made)


@pytest.mark.parametrize(
    "asked",
    [
        {"temperature": -1}, {"temperature": float("nan")}, {"top_p": 0}, {"top_p": 1.1}, {"top_k": -1}, {"length": -1},
        {"stop": [""]}, {"stop": "。"},
    ],
)  # fmt: skip
def test_what_cannot_be_generated(model: LanguageModel, asked: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        model.generate("今天", **asked)


@pytest.mark.parametrize("asked", [{"order": 0}, {"order": 13}, {"min_count": 0}, {"prune": -1e-9}, {"prune": 1.0}])
def test_settings_out_of_bounds(asked: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        LanguageModel(**asked)


def test_an_untrained_model_says_so() -> None:
    for ask in (lambda m: m.next("a"), lambda m: m.perplexity(["a"]), lambda m: m.vocabulary, lambda m: m.save("x")):
        with pytest.raises(UsageError, match="not trained"):
            ask(LanguageModel())


def test_perplexity_is_what_scores_say(model: LanguageModel) -> None:
    texts = ["今天开会", "", None, "见"]
    found = model.evaluate(texts)
    scores = model.score(["今天开会", "见"])
    assert found.perplexity == pytest.approx(np.exp(-(scores[0] * 5 + scores[1] * 2) / 7))
    assert model.perplexity(texts) == found.perplexity
    assert (found.texts, found.characters, found.unknown) == (2, 5, 1)
    ends = [model.log_probabilities(pa.array([text]))[-1] for text in ("今天开会", "见")]
    assert found.perplexity_inside == pytest.approx(np.exp(-(scores[0] * 5 + scores[1] * 2 - sum(ends)) / 5))
    with pytest.raises(UsageError, match="no text"):
        model.evaluate([None, ""])


def test_odd_texts_score_low(model: LanguageModel) -> None:
    usual, odd = model.score(["今天天气很好", "qzx气气很"])
    assert usual > odd
    assert model.score([None, ""]) == pytest.approx([model.log_probabilities(pa.array([""]))[1]] * 2)
    assert model.score([]).shape == (0,)


def test_facts(model: LanguageModel) -> None:
    facts = model.facts
    assert (facts.texts, facts.characters, facts.unknown) == (18, 3 * sum(map(len, TEXTS[:6])), 0)
    assert facts.grams[0] == len(set("".join(TEXTS))) + 3
    assert len(facts.grams) == len(facts.discounts) == 5


def test_pruning_leaves_out_more_the_higher_the_threshold() -> None:
    sizes = [sum(LanguageModel(5, prune=prune).fit(TEXTS).facts.grams) for prune in (0, 1e-3, 1e-2, 1e-1)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4


def test_a_tenth_is_held_out_and_equal_texts_stay_together() -> None:
    keys = [f"text {n}" for n in range(3000)]
    held = held_out(keys)
    assert 240 < held.sum() < 360
    assert held_out(keys[::-1]).tolist() == held[::-1].tolist()


def test_a_vocabulary_can_be_given() -> None:
    wide = LanguageModel(3).fit([*TEXTS, "鱼"]).vocabulary
    model = LanguageModel(3).fit(TEXTS, vocabulary=wide)
    assert model.vocabulary == wide
    assert model.evaluate(["鱼"]).unknown == 0
    assert model.expect("今").sum() == pytest.approx(1, abs=1e-3)
    assert 0 < model.expect("今")[3 + wide.characters.index("鱼")] < model.expect("今")[3 + wide.characters.index("会")]


def test_training_is_judged_on_a_tenth_and_done_on_all() -> None:
    texts = [f"{day}{what}{n % 7}" for n in range(60) for day in ("今天", "明天") for what in ("开会", "休息")]
    outcome = train_and_judge(LanguageModel(3, min_count=2), pa.array(texts))
    held = held_out(texts)
    rest = [text for text, out in zip(texts, held, strict=True) if not out]
    assert outcome.model.facts.texts == len(texts)
    assert outcome.judged == LanguageModel(3, min_count=2).fit(rest).evaluate([t for t in texts if t not in rest])
    assert outcome.recurrent is None
    assert train_and_judge(LanguageModel(3), pa.array(texts[: LEAST_TEXTS - 1])).judged is None
