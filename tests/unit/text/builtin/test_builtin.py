"""Sentiment: what the numbers mean, and whether they make sense on a shop's talk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from jianwei.errors import InputError, ModelNotFoundError, UsageError
from jianwei.models import ModelIdentity, locate
from jianwei.text import SentimentScores, emotion, load_builtin, sentiment, topic
from jianwei.text.builtin import BUILTINS, entry_of
from jianwei.text.builtin.experts import COLUMNS, SentimentModel
from jianwei.text.linear import LinearModel, NGrams
from jianwei.text.scores import SENTIMENTS

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


def own_model(classes: tuple[str, ...] = COLUMNS, **weights: float) -> LinearModel:
    """A table in which 好 alone has weights."""
    ngrams = NGrams(1, 1, 10)
    table = np.zeros((ngrams.buckets, len(classes)))
    bucket = ngrams.features(pa.array(["好"])).buckets[0]
    table[bucket] = [weights.get(name, 0.0) for name in classes]
    return LinearModel.build("own", classes, "multi-label", ngrams, table, np.zeros(len(classes)))


def sigmoid(value: float) -> float:
    return 1 / (1 + np.exp(-value))


def test_the_formula_of_the_experts() -> None:
    chances = SentimentModel(own_model(neutral=-2, review=3, post=-1, is_post=0.5)).probabilities(pa.array(["好"]))[0]
    neutral, gate = sigmoid(-2), sigmoid(0.5)
    positive = gate * sigmoid(-1) + (1 - gate) * sigmoid(3)
    assert chances.tolist() == pytest.approx(
        [(1 - neutral) * (1 - positive), neutral, (1 - neutral) * positive], abs=0.01
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
    assert together.classes == SENTIMENTS
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


def test_another_model_can_take_its_place() -> None:
    class Lengths:
        identity = ModelIdentity("lengths", "1")
        classes = ("positive", "negative", "neutral")

        def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
            short = np.array([len(text) < 3 for text in texts.to_pylist()])
            return np.where(short[:, None], np.float32([1, 0, 0]), np.float32([0, 1, 0]))

    scores = sentiment(["好", "一 二 三 四"], Lengths())
    assert scores.label.tolist() == ["positive", "negative"]
    assert scores.identity.name == "lengths"
    with pytest.raises(UsageError, match="a model of sentiment"):
        sentiment(["好"], load_builtin("topic"))


def test_a_model_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "sentiment.model").write_bytes(own_model(neutral=-9, review=-9, post=-9).pack())
    own = load_builtin("sentiment", tmp_path)
    assert sentiment(["好"], own).label.tolist() == ["negative"]
    assert own.identity != load_builtin("sentiment").identity


@pytest.mark.parametrize("data", [b"", b"hello", own_model(("a", "b")).pack()])
def test_a_file_that_is_no_model_of_sentiment(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "sentiment.model").write_bytes(data)
    with pytest.raises(InputError, match=r"sentiment\.model"):
        load_builtin("sentiment", tmp_path)


@pytest.mark.parametrize("name", BUILTINS)
def test_the_packaged_files_are_the_pinned_ones_and_small(name: str) -> None:
    found = locate(entry_of(name), environment={"XDG_CACHE_HOME": "/nowhere"})
    assert found.source == "package"
    assert len(found.data) < 8_000_000
    assert load_builtin(name).identity == ModelIdentity(name, entry_of(name).sha256[:16])


def test_a_missing_file_and_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"nothing\.model"):
        load_builtin("sentiment", tmp_path / "nothing.model")
    with pytest.raises(UsageError, match="choose from sentiment"):
        load_builtin("weather")


def test_emotions_and_sections() -> None:
    texts = ["气死我了，凭什么这样对我！", "好害怕，晚上一个人不敢睡", "太开心了哈哈哈[笑cry]", "难过，想哭"]
    assert emotion(texts).label.tolist() == ["angry", "fear", "happy", "sad"]
    texts = ["沪指收跌百分之二，创业板失守三千点", "湖人逆转勇士，詹姆斯砍下三十分", "这款新车油耗多少，落地价几万"]
    assert topic(texts).label.tolist() == ["stocks", "sports", "cars"]


def test_service_topics_are_several_or_none() -> None:
    model = load_builtin("service")
    assert isinstance(model, LinearModel)
    chances = model.probabilities(pa.array(["东西还没收到，我要退款", "哈哈哈今天天气真好"]))
    said = [{model.classes[at] for at in np.flatnonzero(row > 0.5)} for row in chances]
    assert said[0] >= {"refund"}
    assert said[1] <= {"other", "greeting"}
