"""The text stage against direct calls, and a text that cannot be read beside texts that can."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from jianwei.enrich.pool import StagePool
from jianwei.enrich.stages import find_stages
from jianwei.enrich.stages.text import TextStage
from jianwei.errors import ModelNotFoundError, UsageError
from jianwei.records import TABLES
from jianwei.text import TextClassifier, aspects, emotion, judge, keywords, load_builtin, sentiment
from jianwei.text.builtin.experts import COLUMNS
from jianwei.text.cutting.words import tokenize_array, words
from jianwei.text.linear import LinearModel, NGrams
from jianwei.text.salience.terms import keywords_array

Function = Callable[[pa.RecordBatch], pa.RecordBatch]
TEXTS = [
    "发货太慢了，客服态度差",
    "什么时候发货？",
    "谢谢@小王 ，很喜欢[强]👍 https://mp.weixin.qq.com/s?a=1",
    "[微笑]",
    "👍👍",
    "。。。",
    "",
    None,
    '他说"好"\\n反斜杠',
    "第一行\n第二行",
]


def records(texts: list[str | None] | pa.StringArray) -> pa.RecordBatch:
    rows = len(texts)
    columns = {
        "text": texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string()),
        "account": pa.array(["shop"] * rows, pa.string()),
        "ts_us": pa.array(range(100, 100 + rows), pa.int64()),
        "seq": pa.array(range(rows), pa.int64()),
        "record_id": pa.array([f"m:{i}" for i in range(rows)], pa.string()),
        "user_id": pa.array(["u:1"] * rows, pa.string()),
    }
    return pa.RecordBatch.from_pydict(columns)


@pytest.fixture(scope="module")
def function() -> Function:
    return TextStage().open()


def by_task(batch: pa.RecordBatch, task: str) -> list[dict[str, object]]:
    return sorted((row for row in batch.to_pylist() if row["task"] == task), key=lambda row: row["seq"])


def test_two_annotations_for_every_record(function: Function) -> None:
    batch = function(records(TEXTS))
    stage = TextStage()
    assert batch.schema.equals(TABLES["annotations"].schema, check_metadata=True)
    assert set(stage.identities()) == set(stage.tasks) >= set(stage.always)
    for task in stage.always:
        rows = by_task(batch, task)
        assert [row["record_id"] for row in rows] == [f"m:{i}" for i in range(len(TEXTS))]
        assert [row["ts_us"] for row in rows] == list(range(100, 100 + len(TEXTS)))
        fixed = {(row["account"], row["user_id"], row["part"], row["stage"], row["status"]) for row in rows}
        assert fixed == {("shop", "u:1", 0, "text", "ok")}
        assert {(row["model"], row["version"]) for row in rows} == {stage.identities()[task]}


def test_words_are_those_of_the_text_room(function: Function) -> None:
    rows = by_task(function(records(TEXTS)), "words")
    tokens = tokenize_array(pa.array(TEXTS))
    assert [row["text"] for row in rows] == [" ".join(row) for row in words(tokens).to_pylist()]
    assert [json.loads(str(row["value"])) for row in rows] == keywords_array(tokens, 5).to_pylist()
    assert "小王" not in str(rows[2])
    assert "weixin" not in str(rows[2])


def test_sentiment_is_that_of_the_text_room(function: Function) -> None:
    rows = by_task(function(records(TEXTS)), "sentiment")
    scores = sentiment(TEXTS)
    assert [row["label"] for row in rows] == scores.label.tolist()
    assert np.array_equal(np.array([row["score"] for row in rows], np.float32), scores.score)
    stored = np.array([json.loads(str(row["value"])) for row in rows])
    assert np.allclose(stored, scores.probabilities, atol=0.0005001)
    assert [row["text"] for row in rows] == [None] * len(TEXTS)


SAYING = [
    "气死我了，等了三天还没发货，我要退款",
    "味道很好，就是价格太贵了",
    "代开发票，加薇❤：abc123",
    "今天星期三",
    None,
]


def test_what_is_told_only_where_there_is_something_to_tell(function: Function) -> None:
    batch = function(records(SAYING))
    identities = TextStage().identities()
    assert {(row["task"], row["model"], row["version"]) for row in batch.to_pylist()} <= {
        (task, *identity) for task, identity in identities.items()
    }
    felt = emotion(SAYING)
    told = {row["seq"]: row for row in by_task(batch, "emotion")}
    assert {seq: row["label"] for seq, row in told.items()} == {
        seq: label
        for seq, (label, sure) in enumerate(zip(felt.label.tolist(), felt.score.tolist(), strict=True))
        if label != "neutral" and sure > 0.5
    }
    wanted = load_builtin("service").probabilities(pa.array(SAYING))
    classes = load_builtin("service").classes
    for seq in range(len(SAYING)):
        rows = [row for row in by_task(batch, "topic") if row["seq"] == seq]
        assert {row["label"] for row in rows} == {
            name for name, chance in zip(classes, wanted[seq], strict=True) if chance > 0.5 and name != "other"
        }
        assert [row["part"] for row in rows] == list(range(len(rows)))
    flagged = {row["seq"]: row["label"] for row in by_task(batch, "moderation")}
    judged = judge(SAYING).rows["label"].to_pylist()
    assert flagged == {seq: label for seq, label in enumerate(judged) if label != "normal"} == {2: "advertising"}
    praised = [
        (row["seq"], row["label"], json.loads(str(row["value"]))["sentiment"]) for row in by_task(batch, "aspect")
    ]
    found = aspects(SAYING, whole=sentiment(SAYING).probabilities)
    assert praised == [(row["row"], row["aspect"], row["sentiment"]) for row in found]
    assert {(1, "price", "negative")} <= set(praised)


def test_the_same_input_gives_the_same_bytes_in_any_company(function: Function) -> None:
    texts = [*TEXTS, *SAYING]
    whole = function(records(texts))
    assert whole.equals(TextStage().open()(records(texts)))
    alone = [function(records(texts).slice(i, 1)) for i in range(len(texts))]
    assert (
        pa.Table.from_batches(alone)
        .sort_by([("task", "ascending"), ("seq", "ascending"), ("part", "ascending")])
        .equals(
            pa.Table.from_batches([whole]).sort_by([("task", "ascending"), ("seq", "ascending"), ("part", "ascending")])
        )
    )


def test_a_text_that_cannot_be_read_stands_alone_as_an_error(function: Function) -> None:
    good = pa.array(["好", "xx", "退款", "谢谢"])
    broken = pa.StringArray.from_buffers(
        4, good.buffers()[1], pa.py_buffer(good.buffers()[2].to_pybytes().replace(b"xx", b"\xff\xfe"))
    )
    batch = function(records(broken))
    assert batch.schema.equals(TABLES["annotations"].schema)
    for task in TextStage.always:
        rows = by_task(batch, task)
        assert [row["status"] for row in rows] == ["ok", "error", "ok", "ok"]
        assert "error" in json.loads(str(rows[1]["value"]))
        assert rows[1]["label"] is rows[1]["score"] is rows[1]["text"] is None
    healthy = function(records(["好", "行", "退款", "谢谢"])).to_pylist()
    assert [row for row in batch.to_pylist() if row["seq"] == 2] == [row for row in healthy if row["seq"] == 2]


def test_no_records(function: Function) -> None:
    empty = function(records([]))
    assert empty.num_rows == 0
    assert empty.schema.equals(TABLES["annotations"].schema)


def test_quotes_in_keywords_stay_json(function: Function) -> None:
    texts = ['"退款"\\物流', "C:\\快递\\单号", '{"质量": "太差"}']
    values = [json.loads(str(row["value"])) for row in by_task(function(records(texts)), "words")]
    assert values == keywords_array(tokenize_array(pa.array(texts)), 5).to_pylist()
    assert "退款" in values[0]


def test_the_stage_travels_to_spawned_processes(function: Function) -> None:
    stage = TextStage()
    assert pickle.loads(pickle.dumps(stage)) == stage
    batches = [records(TEXTS), records(["物流很快"])]
    with StagePool(stage, 2) as pool:
        found = sorted(pool.map(batches), key=lambda answered: -answered[1])  # they come in any order
    assert found == [(function(batch), batch.num_rows) for batch in batches]


def test_a_sentiment_model_of_ones_own(tmp_path: Path) -> None:
    ngrams = NGrams(1, 1, 10)
    certain = LinearModel.build(
        "own", COLUMNS, "multi-label", ngrams, np.zeros((ngrams.buckets, 4)), np.array([-9.0, -9.0, -9.0, 0.0])
    )
    (tmp_path / "sentiment.model").write_bytes(certain.pack())
    stage = next(find_stages(["text"], models=tmp_path))
    own, packaged = stage.identities(), TextStage().identities()
    assert all(own[task] != packaged[task] for task in stage.tasks)  # aspects and all that is told with them go by it
    rows = stage.open()(records(["好"])).to_pylist()
    assert [row["label"] for row in rows if row["task"] == "sentiment"] == ["negative"]


def test_any_new_model_gives_every_answer_a_new_version(tmp_path: Path) -> None:
    """A record is answered anew as a whole: an answer that kept its version would stand there twice."""
    emotion_of_ones_own = TextClassifier(bits=10).fit(["好", "坏", "怕"] * 4, ["happy", "angry", "neutral"] * 4)
    emotion_of_ones_own.save(tmp_path / "emotion.model")
    own, packaged = TextStage(tmp_path).identities(), TextStage().identities()
    assert all(own[task] != packaged[task] for task in TextStage.tasks)


def test_wrong_names_and_missing_models(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="choose from speech, vision, unsafe, text"):
        find_stages(["speech9"])
    with pytest.raises(ModelNotFoundError):
        TextStage(tmp_path / "absent.npz").identities()


def test_keywords_of_the_corpus_come_from_the_same_words(function: Function) -> None:
    rows = by_task(function(records(["物流太慢", "物流很快", "质量好"])), "words")
    picked = [word for row in rows for word in json.loads(str(row["value"]))]
    assert keywords(["物流太慢", "物流很快", "质量好"], 1).to_arrow()["word"][0].as_py() in picked


def heard_by(known: dict[str, tuple[str, str]]) -> str:
    (stage,) = find_stages(["text"], current=lambda: known)
    return stage.identities()["sentiment"][1]


def test_words_out_of_other_ears_are_other_texts() -> None:
    """A new recogniser, or the first one, has every text answered anew; a new model that reads no words has not."""
    base = {"transcript": ("whisper", "1.2"), "ocr": ("ppocr", "6.aaaa"), "face": ("dlib", "1.aaaa")}
    versions = [
        heard_by({}), heard_by(base), heard_by(base | {"transcript": ("whisper", "1.3")}), heard_by(base | {"ocr": ("ppocr", "7.aaaa")}),
        heard_by(base | {"transcript": ("sense-voice", "1.2")}), heard_by({"ocr": base["ocr"]}),
    ]  # fmt: skip
    assert len(set(versions)) == len(versions)
    assert heard_by(base | {"ocr": ("ppocr", "6.bbbb"), "face": ("dlib", "2.bbbb")}) == heard_by(base)
    assert heard_by({}) == TextStage().identities()["sentiment"][1]
