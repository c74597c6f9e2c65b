"""The model from end to end: planted topics are found again, whatever the order; files; too little to go by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.planted import SUBJECTS, agreement, planted

from jianwei.common.results import Unavailable
from jianwei.errors import InputError, UsageError
from jianwei.text.topicmodel.model import TopicModel

TEXTS, TRUTH = planted(600)
# Subjects of different size, so that their order shows.
_CHOSEN = np.flatnonzero(np.arange(600) % 4 >= np.array([0, 2, 1, 3])[TRUTH])
TEXTS, TRUTH = [TEXTS[at] for at in _CHOSEN], TRUTH[_CHOSEN]


@pytest.fixture(scope="module")
def model() -> TopicModel:
    found = TopicModel.fit(TEXTS)
    assert isinstance(found, TopicModel)
    return found


def test_planted_topics_are_found(model: TopicModel) -> None:
    assert len(model.topics) == 4
    found = model.transform(TEXTS)
    assert agreement(found.topic, TRUTH) > 0.99
    assert ((found.weight > 0.5) & (found.weight <= 1)).mean() > 0.99
    sizes = np.bincount(found.topic)
    assert sizes.tolist() == sorted(sizes, reverse=True)
    for number, topic in enumerate(model.topics):
        subject = SUBJECTS[np.bincount(TRUTH[found.topic == number]).argmax()]
        assert set(topic.name.split("·")) <= set(subject)


def test_other_texts_get_the_same_topics(model: TopicModel) -> None:
    others, truth = planted(200, seed=9)
    assert agreement(model.transform(others).topic, truth) > 0.97


def test_the_order_of_texts_changes_nothing(model: TopicModel) -> None:
    order = np.random.default_rng(4).permutation(len(TEXTS))
    other = TopicModel.fit([TEXTS[at] for at in order])
    assert isinstance(other, TopicModel)
    assert other.topics == model.topics
    assert (other.transform(TEXTS).topic == model.transform(TEXTS).topic).all()


def test_repeated_texts_count_once(model: TopicModel) -> None:
    other = TopicModel.fit([*TEXTS, *[TEXTS[0] + "！！"] * 500])
    assert isinstance(other, TopicModel)
    assert other.topics == model.topics


def test_texts_without_known_words(model: TopicModel) -> None:
    found = model.transform(["。", None, "", "鸳鸯锅底", TEXTS[0]])
    assert found.topic[:4].tolist() == [-1] * 4
    assert found.weight[:4].tolist() == [0] * 4
    assert found.topic[4] >= 0
    assert len(model.transform([])) == 0


def test_a_file_says_the_same(model: TopicModel, tmp_path: Path) -> None:
    model.save(tmp_path / "a.topics")
    loaded = TopicModel.load(tmp_path / "a.topics")
    assert loaded.topics == model.topics
    before, after = model.transform(TEXTS), loaded.transform(TEXTS)
    assert (before.topic == after.topic).all()
    assert (before.weight == after.weight).all()
    assert (loaded.mixture.words == model.mixture.words).all()
    assert (loaded.mixture.topics == model.mixture.topics).all()


def test_files_that_are_none(model: TopicModel, tmp_path: Path) -> None:
    file = tmp_path / "a.topics"
    with pytest.raises(InputError, match="cannot be read"):
        TopicModel.load(file)
    model.save(file)
    whole = file.read_bytes()
    for broken in (b"", b"words", whole[: len(whole) // 2], whole[:200] + b"\0" * 40 + whole[240:]):
        file.write_bytes(broken)
        with pytest.raises(InputError):
            TopicModel.load(file)
    np.savez(tmp_path / "b.npz", format=np.int64(9))
    with pytest.raises(InputError, match="format 9"):
        TopicModel.load(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([], "few_texts"),
        (["。"] * 100, "few_texts"),
        (["物流太慢"] * 100, "few_texts"),
        (TEXTS[:20], "few_texts"),
    ],
)
def test_too_little_to_go_by(texts: list[str], code: str) -> None:
    found = TopicModel.fit(texts)
    assert isinstance(found, Unavailable)
    assert found.reason.code == code


def test_a_number_of_topics_can_be_asked_for() -> None:
    found = TopicModel.fit(TEXTS, 2)
    assert isinstance(found, TopicModel)
    assert len(found.topics) == 2
    for k in (1, 0, -3, 1000):
        with pytest.raises(UsageError, match=f"k = {k}"):
            TopicModel.fit(TEXTS, k)
    with pytest.raises(UsageError, match="one text"):
        TopicModel.fit("物流")
