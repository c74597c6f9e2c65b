"""What every model of characters keeps to: counted, recurrent, mixed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from jianwei.errors import UsageError
from jianwei.text.lm._base import CharacterModel
from jianwei.text.lm.drawing import Drawing, generate, likeliest
from jianwei.text.lm.judging import evaluate, typical
from jianwei.text.lm.mixing import Mixture, best_weight
from jianwei.text.lm.model import LanguageModel
from jianwei.text.lm.recurrent import RecurrentModel, Weights
from jianwei.text.lm.vocabulary import Vocabulary

TEXTS = ["今天天气很好", "明天天气不好", "好", "天天见"]


def recurrent(vocabulary: Vocabulary) -> RecurrentModel:
    random, v, d, h = np.random.default_rng(5), len(vocabulary), 6, 9
    shapes = [(v, d), (v,), (3 * h, d), (3 * h,), (3 * h, h), (3 * h,), (d, h)]
    return RecurrentModel(vocabulary, Weights(*(random.normal(0, 0.5, shape).astype(np.float32) for shape in shapes)))


def models() -> dict[str, CharacterModel]:
    counted = LanguageModel(4).fit(TEXTS)
    neural = recurrent(counted.vocabulary)
    return {"counted": counted, "recurrent": neural, "mixed": Mixture(counted, neural, 0.3)}


@pytest.fixture(params=["counted", "recurrent", "mixed"])
def model(request: pytest.FixtureRequest) -> CharacterModel:
    return models()[request.param]


@pytest.mark.parametrize("context", ["", "今", "今天天气很好", "没见过", "天" * 50])
def test_chances_sum_to_one_and_the_begin_has_none(model: CharacterModel, context: str) -> None:
    chances = model.expect(context)
    assert chances.shape == (len(model.vocabulary),)
    assert chances.dtype == np.float64
    assert chances[0] == 0
    assert (chances[1:] > 0).all()
    assert chances.sum() == pytest.approx(1, abs=1e-3)


def test_texts_are_as_probable_as_their_characters_one_by_one(model: CharacterModel) -> None:
    texts = ["今天好", "", "没有", "天气很好天气很好", "今"]
    given = pa.array(texts)
    wanted = []
    for text in texts:
        ids = model.vocabulary.ids(pa.array([text]))
        wanted += [0.0, *(float(np.log(model.expect(text[:at])[number])) for at, number in enumerate(ids[1:]))]
    assert model.log_probabilities(given) == pytest.approx(np.array(wanted), abs=2e-3)
    assert model.log_probabilities(pa.array([], pa.string())).shape == (0,)


def test_everything_works_on_it(model: CharacterModel) -> None:
    assert evaluate(model, TEXTS).perplexity > 1
    assert typical(model, TEXTS).shape == (4,)
    made = generate(model, "今", length=5, how=Drawing(temperature=0), random=np.random.default_rng(0))
    assert set(made) <= set(model.vocabulary.characters)


def test_the_likeliest_are_those_with_the_best_chances(model: CharacterModel) -> None:
    chances = model.expect("今天")
    found = likeliest(model, "今天", 4)
    assert [p for _, p in found] == sorted(chances[3:], reverse=True)[:4]
    assert [chances[model.vocabulary.characters.index(text) + 3] for text, _ in found] == [p for _, p in found]
    if isinstance(model, LanguageModel):
        assert found == [(text, pytest.approx(p)) for text, p in model.next("今天", 4)]


def test_the_best_weight_is_the_best() -> None:
    both = models()
    counted, neural = both["counted"], both["recurrent"]
    texts = ["今天天气", "见见不不", "不今明"]
    weight = best_weight(counted, neural, texts, rounds=300)
    assert 0 < weight < 1
    best = evaluate(Mixture(counted, neural, weight), texts).perplexity
    for other in (weight - 0.02, weight + 0.02, 0.0, 1.0):
        assert evaluate(Mixture(counted, neural, min(max(other, 0), 1)), texts).perplexity >= best
    assert best_weight(counted, neural, TEXTS, rounds=300) < 0.1


def test_models_of_different_characters_do_not_mix() -> None:
    counted = LanguageModel(2).fit(TEXTS)
    with pytest.raises(UsageError):
        Mixture(counted, recurrent(Vocabulary("abc")))
    with pytest.raises(UsageError):
        Mixture(counted, counted, 1.5)
