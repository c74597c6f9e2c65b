"""Vectors, clusters and the mixture on planted structure, and against definitions in plain NumPy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from support.planted import SUBJECTS, agreement, planted

from jianwei.text.cutting.words import tokenize_array
from jianwei.text.topicmodel.choice import choose_number, foretold
from jianwei.text.topicmodel.clusters import mixture, spherical_k_means
from jianwei.text.topicmodel.corpus import Corpus, gather
from jianwei.text.topicmodel.vectors import text_vectors, word_vectors


@pytest.fixture(scope="module")
def made() -> tuple[Corpus, np.ndarray]:
    texts, truth = planted(800)
    return gather([tokenize_array(pa.array(texts))]), truth


def test_words_of_one_subject_lie_together(made: tuple[Corpus, np.ndarray]) -> None:
    corpus, _ = made
    vectors = word_vectors(corpus.presence, 10)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    words = corpus.words.to_pylist()
    subjects = [[vectors[words.index(word)] for word in subject if word in words] for subject in SUBJECTS]
    near = [np.mean(np.array(mine) @ np.array(mine).T) for mine in subjects]
    far = [np.mean(np.array(a) @ np.array(b).T) for a in subjects for b in subjects if a is not b]
    assert min(near) > max(far) + 0.3


def test_small_and_large_vocabularies_are_factorised_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    presence = csr_array((rng.random((500, 60)) < 0.08).astype(np.float32))
    dense = word_vectors(presence, 5)
    monkeypatch.setattr("jianwei.text.topicmodel.vectors._SMALL", 10)
    sparse = word_vectors(presence, 5)
    # A factorisation is one up to rotation: angles between words are what counts.
    assert dense @ dense.T == pytest.approx(sparse @ sparse.T, abs=1e-6)


def test_clusters_of_directions() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 5, 400)
    centres = np.linalg.qr(rng.normal(size=(8, 8)))[0][:5]
    vectors = centres[truth] + 0.15 * rng.normal(size=(400, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    found = spherical_k_means(vectors, 5)
    assert agreement(found, truth) == 1
    assert len(np.unique(found)) == 5
    assert (found == spherical_k_means(vectors, 5)).all()


def test_more_clusters_than_directions_lose_nothing() -> None:
    vectors = np.repeat(np.eye(2, dtype=np.float32), 5, axis=0)
    found = spherical_k_means(vectors, 4)
    assert agreement(found, np.repeat([0, 1], 5)) == 1


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 4))
def test_a_mixture_is_one_of_probabilities(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    presence = csr_array((rng.random((30, 12)) < 0.3).astype(np.float32))
    found, labels = mixture(presence, rng.integers(0, k, 30), k)
    assert np.exp(found.words).sum(axis=1) == pytest.approx(1)
    assert np.exp(found.topics).sum() == pytest.approx(1)
    assert set(labels.tolist()) <= set(range(len(found.topics)))
    by_hand = [
        [found.topics[t] + sum(found.words[t][w] for w in np.flatnonzero(row)) for t in range(len(found.topics))]
        for row in presence.toarray()
    ]
    assert found.scores(presence) == pytest.approx(np.array(by_hand))


def test_a_mixture_mends_what_clusters_got_wrong(made: tuple[Corpus, np.ndarray]) -> None:
    corpus, truth = made
    rng = np.random.default_rng(0)
    spoiled = np.where(rng.random(len(truth)) < 0.7, rng.integers(0, 4, len(truth)), truth)
    found, labels = mixture(corpus.presence, spoiled, 4)
    assert agreement(spoiled, truth) < 0.55
    assert agreement(labels, truth) > 0.99
    assert (found.scores(corpus.presence).argmax(axis=1) == labels).all()


@pytest.mark.parametrize("subjects", [2, 3, 4])
def test_the_number_of_topics_is_found(subjects: int) -> None:
    texts, _ = planted(1500, subjects)
    presence = gather([tokenize_array(pa.array(texts))]).presence
    vectors = text_vectors(presence, word_vectors(presence))
    assert choose_number(presence, vectors) == subjects


def test_texts_without_any_topic_have_one() -> None:
    rng = np.random.default_rng(5)
    presence = csr_array((rng.random((600, 40)) < 0.1).astype(np.float32))
    vectors = text_vectors(presence, word_vectors(presence))
    assert choose_number(presence, vectors) <= 3


def test_the_right_number_foretells_best(made: tuple[Corpus, np.ndarray]) -> None:
    corpus, _ = made
    known, unknown = corpus.presence[:400], corpus.presence[400:]
    vectors = text_vectors(known, word_vectors(known))
    gains = [foretold(known, vectors, unknown, k) for k in (1, 2, 4, 40)]
    assert gains[0] < gains[1] < gains[2] > gains[3]
