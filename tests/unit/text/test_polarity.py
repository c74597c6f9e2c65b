"""Sentiment: what the numbers mean, and whether they make sense on a shop's talk."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from jianwei.errors import InputError, ModelNotFoundError, UsageError
from jianwei.models import Located, ModelIdentity, locate
from jianwei.text import SentimentScores, sentiment, tokenize
from jianwei.text.polarity import CLASSES, ENTRY, WordsModel, default_model, pack

# Written before any training sentence of our own, none of which is among them.
TALK = {
    "negative": (
        "发货太慢了，等了一个星期",
        "客服态度差，再也不来了",
        "物流太慢了",
        "我要退款，东西是坏的",
        "杯子收到就碎了，包装太差",
        "问了三遍都没人理，什么服务",
        "和图片完全不一样，骗人的",
        "味道很难喝，一股怪味",
        "等了半个月还不发货，气死我了",
        "质量太差，用了两天就坏了",
        "垃圾店铺，大家别买",
        "太失望了[流泪]",
        "一点都不好用",
    ),
    "neutral": (
        "什么时候发货？",
        "请问这款还有货吗",
        "可以开发票吗？",
        "快递单号发我一下",
        "地址改成人民路12号",
        "在吗",
        "你们几点下班",
        "运费多少钱",
        "这个壶是多大容量的",
        "怎么申请退款",
        "明天下午三点开会",
        "支持七天无理由退货吗",
        "我拍的是白色那款",
        "订单号是202311230001",
    ),
    "positive": (
        "已收到，谢谢，很喜欢",
        "茶叶很香，下次还会买",
        "物流很快，昨天下单今天就到了",
        "客服小姐姐很耐心，好评",
        "包装精美，送人很有面子",
        "太好喝了，强烈推荐[强]",
        "质量不错，性价比很高",
        "谢谢老板，合作愉快[玫瑰]",
        "孩子特别喜欢，开心",
        "杯子很漂亮，没有色差",
        "不错不错，满意",
        "👍👍👍",
        "服务态度很好，解决得很快",
    ),
}
SENTENCES = [(text, label) for label, texts in TALK.items() for text in texts]


def located(data: bytes) -> Located:
    return Located(ENTRY, data, "path", "mine.npz")


@pytest.fixture(scope="module")
def tiny() -> WordsModel:
    """不 = 0, 好 = 1, 慢 = 2; the pair 不 好 is feature 3."""
    weights = np.array([[1.0, 0.0, -1.0], [-2.0, 0.5, 2.0], [3.0, 0.0, -3.0], [4.0, -1.0, -4.0]])
    return WordsModel.load(located(pack(["不", "好", "慢"], np.array([[0, 1]]), weights, np.array([0.0, 1.0, 0.0]))))


def test_a_model_file_keeps_what_was_packed(tiny: WordsModel) -> None:
    assert tiny.words.to_pylist() == ["不", "好", "慢"]
    assert tiny.pairs.tolist() == [1]
    assert tiny.intercept.tolist() == [0, 1, 0]
    assert tiny.weights[3].tolist() == pytest.approx([4, -1, -4], abs=4 / 127)
    assert tiny.identity.name == "words"


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("好", [1]),
        ("好 好", [1]),
        ("不 好", [0, 1, 3]),
        ("好 不", [0, 1]),
        ("慢！慢！", [2]),
        ("", []),
        ("陌生人", []),
        ("！！", []),
    ],
)
def test_the_formula(tiny: WordsModel, text: str, features: list[int]) -> None:
    sums = [
        sum(tiny.weights[f][c] for f in features) / math.sqrt(len(features) or 1) + tiny.intercept[c] for c in range(3)
    ]
    powers = [math.exp(value) for value in sums]
    assert sentiment([text], tiny).probabilities[0].tolist() == pytest.approx(
        [p / sum(powers) for p in powers], abs=1e-6
    )


def test_the_names_of_the_numbers() -> None:
    scores = SentimentScores(np.array([[0.1, 0.3, 0.6], [0.5, 0.5, 0.0]], np.float32), ModelIdentity("m", "1"))
    assert scores.label.tolist() == ["positive", "negative"]
    assert scores.score.tolist() == pytest.approx([0.6, 0.5])
    assert scores.positive.tolist() == pytest.approx([0.6 / 0.7, 0.0])
    assert scores.positive.dtype == scores.score.dtype == np.float32
    assert len(scores) == 2
    assert scores.to_arrow().column_names == ["label", "negative", "neutral", "positive"]
    assert [row["label"] for row in scores] == scores.to_pandas()["label"].tolist() == ["positive", "negative"]


@given(st.lists(st.none() | st.text(max_size=20) | st.sampled_from([text for text, _ in SENTENCES]), max_size=8))
def test_probabilities_are_probabilities_and_do_not_depend_on_company(texts: list[str | None]) -> None:
    together = sentiment(texts)
    assert together.classes == CLASSES
    assert together.probabilities.dtype == np.float32
    assert together.probabilities.shape == (len(texts), 3)
    assert np.allclose(together.probabilities.sum(axis=1), 1, atol=1e-6)
    alone: list[NDArray[np.float32]] = [sentiment([text]).probabilities[0] for text in texts]
    assert all(np.array_equal(one, row) for one, row in zip(alone, together.probabilities, strict=True))


def test_a_shops_talk() -> None:
    says = sentiment([text for text, _ in SENTENCES]).label.tolist()
    wrong = [(text, label, said) for (text, label), said in zip(SENTENCES, says, strict=True) if label != said]
    assert len(SENTENCES) == 40
    assert len(wrong) <= 8, wrong


def test_questions_tend_to_be_neutral() -> None:
    questions = ["几天能到？", "多少钱？", "有现货吗？", "怎么退货？", "可以改地址吗？", "这个怎么用？"]
    assert (sentiment(questions).label == "neutral").mean() >= 5 / 6


def test_negation_beside_the_word() -> None:
    scores = sentiment(["好用", "不好用", "满意", "不满意"]).positive
    assert scores[0] > 0.5 > scores[1]
    assert scores[2] > 0.5 > scores[3]


def test_emoticons_speak_and_bare_marks_do_not() -> None:
    assert sentiment(["[强]", "👍", "👍🏽👍🏽", "[发怒]", "😡"]).label.tolist() == ["positive"] * 3 + ["negative"] * 2
    marks = sentiment(["。。。", "！！！", "", None, "\n"])
    assert set(marks.label) == {"neutral"}
    assert len(np.unique(marks.probabilities, axis=0)) == 1


def test_no_texts_and_wrong_calls() -> None:
    assert sentiment([]).probabilities.shape == (0, 3)
    with pytest.raises(UsageError, match="one text"):
        sentiment("好")


def test_the_packaged_file_is_the_pinned_one_and_small() -> None:
    found = locate(ENTRY, environment={"XDG_CACHE_HOME": "/nowhere"})
    assert found.source == "package"
    assert len(found.data) <= 300_000
    assert WordsModel.load(found).identity == ModelIdentity("words", ENTRY.sha256[:16])


def test_a_model_of_ones_own(tmp_path: Path, tiny: WordsModel) -> None:
    weights = np.array([[5.0, 0.0, -5.0]])
    file = tmp_path / "own.npz"
    file.write_bytes(pack(["好"], np.zeros((0, 2), np.int64), weights, np.zeros(3)))
    own = default_model(file)
    assert sentiment(["好"], own).label.tolist() == ["negative"]
    assert own.identity not in (tiny.identity, default_model().identity)


def npz(**parts: object) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **parts)
    return buffer.getvalue()


GOOD = pack(["好"], np.zeros((0, 2), np.int64), np.array([[5.0, 0.0, -5.0]]), np.zeros(3))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        GOOD[:-40],
        GOOD.replace(b"words", b"wolds"),
        npz(format=np.int64(99)),
        npz(words=np.zeros(1)),
        npz(format=np.array([None], dtype=object)),
    ],
)
def test_a_file_that_is_no_model(data: bytes) -> None:
    with pytest.raises(InputError, match=r"mine\.npz"):
        WordsModel.load(located(data))


def test_an_npy_file_is_no_model() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    with pytest.raises(InputError, match="no sentiment model"):
        WordsModel.load(located(buffer.getvalue()))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"nothing\.npz"):
        default_model(tmp_path / "nothing.npz")


def test_another_model_can_take_its_place() -> None:
    class Lengths:
        identity = ModelIdentity("lengths", "1")
        classes = CLASSES

        def probabilities(self, texts: pa.StringArray, tokens: pa.ListArray) -> NDArray[np.float32]:
            short = np.array([len(row) < 3 for row in tokens.to_pylist()])
            return np.where(short[:, None], np.float32([0, 0, 1]), np.float32([1, 0, 0]))

    scores = sentiment(["好", "一 二 三 四"], Lengths())
    assert [len(row) for row in tokenize(["好", "一 二 三 四"])] == [1, 4]
    assert scores.label.tolist() == ["positive", "negative"]
    assert scores.identity.name == "lengths"
