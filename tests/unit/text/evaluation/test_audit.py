"""Rows in train and test; near duplicates against the comparison of all with all."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text.evaluation import key_of, leaks, tenth
from jianwei.text.evaluation.near import near_duplicates

DATA = Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[5] / "shared" / "data"))
# Few letters, so that sets overlap often.
texts = st.lists(st.text("abc", min_size=0, max_size=12), min_size=1, max_size=14)


def trigrams(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)} or {text}


@given(texts, texts, st.sampled_from([0.2, 0.5, 0.6, 0.75, 0.8, 1.0]))
@settings(max_examples=200, deadline=None)
def test_near_duplicates_by_comparing_all_with_all(ours: list[str], theirs: list[str], threshold: float) -> None:
    found = near_duplicates(ours, theirs, threshold)
    for row, text in enumerate(ours):
        mine = trigrams(text)
        likeness = [len(mine & trigrams(other)) / len(mine | trigrams(other)) for other in theirs]
        best = max(likeness)
        if best >= threshold - 1e-9:
            assert (found.at[row], found.similarity[row]) == (likeness.index(best), pytest.approx(best))
        else:
            assert found.at[row] == -1


def test_many_texts_go_in_blocks() -> None:
    ours = [f"第{chr(0x5000 + at)}号房间的窗户朝着江边非常安静" for at in range(2500)]
    done: list[int] = []
    found = near_duplicates(ours, [text + "呀" for text in reversed(ours)], 0.9, done.append)
    assert (len(ours) - 1 - found.at).tolist() == list(range(2500))
    assert sum(done) == 2500


def test_every_kind_of_leak() -> None:
    train = ["很好！", "物流太慢了，等了一个星期", "物流太慢了等了一个星期", "便宜", "便宜"]
    test = ["很好！", "很好", "便宜。", "物流太慢了，等了一个星期呢", "没见过的话"]
    found = leaks(train, test, train_labels=[1, 0, 0, 1, 0], test_labels=[1, 0, 1, 1, 0])
    assert [(row["test_row"], row["train_row"], row["kind"]) for row in found] == [
        (0, 0, "exact"), (1, 0, "normalised"), (2, 3, "normalised"), (3, 1, "near"),
    ]  # fmt: skip
    assert (found.exact, found.normalised, found.near, found.share) == (1, 2, 1, 0.8)
    assert found.clean.tolist() == [False, False, False, False, True]
    assert found.contradictory == 1  # 很好; 便宜 has either label in train, and near ones are other texts
    assert (found.train_duplicates, found.train_contradictions) == (2, 2)
    assert found.by_label.to_pylist() == [
        {"label": "0", "rows": 2, "leaked": 1, "share": 0.5}, {"label": "1", "rows": 3, "leaked": 3, "share": 1.0},
    ]  # fmt: skip
    assert found.to_arrow()["test_text"][1].as_py() == "很好"


def test_without_near_and_without_labels() -> None:
    found = leaks(["物流太慢了，等了一个星期"], ["物流太慢了，等了一个星期呢", None], near=None)
    assert len(found) == 0
    assert (found.contradictory, found.train_contradictions, found.by_label.num_rows) == (0, 0, 0)


@pytest.mark.parametrize(("train", "test"), [([], ["x"]), (["x"], []), ([], [])])
def test_nothing_leaks_from_nothing(train: list[str], test: list[str]) -> None:
    assert (len(leaks(train, test)), leaks(train, test).share) == (0, 0.0)


def test_signs_alone_are_themselves() -> None:
    assert leaks(["！！！"], ["？？？", "！！！"]).clean.tolist() == [True, False]


@pytest.mark.parametrize("near", [0, 1.1, -1])
def test_a_threshold_out_of_bounds(near: float) -> None:
    with pytest.raises(UsageError):
        leaks(["x"], ["x"], near=near)


def test_labels_of_another_length() -> None:
    with pytest.raises(UsageError):
        leaks(["x"], ["x"], train_labels=["a", "b"], test_labels=["a"])


@given(st.text(max_size=20))
def test_keys_of_keys(text: str) -> None:
    assert key_of(key_of(text)) == key_of(text) or not any(c.isalnum() for c in key_of(text))
    assert 0 <= tenth(text) < 10


def test_a_quarter_of_a_public_set_stands_in_its_own_training_part() -> None:
    path = DATA / "chnsenticorp" / "data.parquet"
    if not path.exists():
        pytest.skip("the public sets are not here")
    table = pq.read_table(path)
    train, dev = (table.filter(pc.equal(table["split"], part)) for part in ("train", "dev"))
    found = leaks(
        train["text"],
        dev["text"],
        train_labels=train["label"].to_pylist(),
        test_labels=dev["label"].to_pylist(),
        near=None,
    )
    assert (found.exact, found.normalised) == (338, 4)
    assert 0.25 < found.share < 0.3
